import type { ReadMessage } from './spool.ts';

/** Messages that are stored at once, and messages that wait behind them. */
export const MESSAGES_AT_ONCE = 500;
/** A transaction is not longer for long texts. */
const CHARACTERS = 1_048_576;

/**
 * Gathers messages for one transaction. A reply needs the number of the first message of its thread,
 * so it waits until that is stored, and the later messages of its channel wait with it. Other channels
 * go on.
 */
export class Gathering {
  /** What can be stored now. */
  readonly ready: ReadMessage[] = [];
  /** What waits, in the order in which it was added. */
  readonly waiting: ReadMessage[] = [];
  readonly #roots = new Set<string>();
  readonly #channels = new Set<string>();
  #characters = 0;

  get isFull(): boolean {
    return (
      this.ready.length + this.waiting.length >= MESSAGES_AT_ONCE || this.#characters >= CHARACTERS
    );
  }

  add(message: ReadMessage): void {
    const { channel, id, root, text, isRoot } = message;
    this.#characters += text.length;
    if (this.#channels.has(channel) || (root !== null && this.#roots.has(`${channel} ${root}`))) {
      this.#channels.add(channel);
      this.waiting.push(message);
    } else {
      this.ready.push(message);
      if (isRoot) this.#roots.add(`${channel} ${id}`);
    }
  }
}

/** The messages in groups for one transaction each. Each group is stored before the next is asked for. */
export function* inGroups(messages: Iterable<ReadMessage>): Generator<ReadMessage[]> {
  let gathering = new Gathering();
  for (const message of messages) {
    gathering.add(message);
    while (gathering.isFull) {
      yield gathering.ready;
      gathering = after(gathering);
    }
  }
  for (; gathering.ready.length > 0; gathering = after(gathering)) yield gathering.ready;
}

function after({ waiting }: Gathering): Gathering {
  const next = new Gathering();
  for (const message of waiting) next.add(message);
  return next;
}
