import type { ChatEvent } from '@parley/contract/events/event.ts';

const HELD_MAX_BYTES = 16 * 1_048_576;
/** Approximate bytes of an event without its text, and of each character of its text. */
const EVENT_BYTES = 500;
const CHARACTER_BYTES = 2;

/**
 * Limits the events that cannot be delivered yet, over all channels: those beyond a gap, and those
 * received before the log was read. An event without space is dropped and read from the log later.
 */
export class HeldEvents {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes = HELD_MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False when there is no space. */
  take(event: ChatEvent): boolean {
    const bytes = bytesOf(event);
    if (this.#bytes + bytes > this.#maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  release(event: ChatEvent): void {
    this.#bytes -= bytesOf(event);
  }
}

function bytesOf(event: ChatEvent): number {
  const text = 'message' in event ? event.message.length : 0;
  const data = 'data' in event ? (event.data?.length ?? 0) : 0;
  return EVENT_BYTES + CHARACTER_BYTES * (text + data);
}
