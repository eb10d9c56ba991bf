import { EVENT_KINDS } from '@parley/contract/events/event.ts';

const LOGGED: ReadonlySet<string> = new Set(EVENT_KINDS);

/** True for the name of an event that is in the log and has a position. */
export function isLogged(type: string): boolean {
  return LOGGED.has(type);
}

/** The order of one stream: hello comes first, once, and the events of each channel ascend. */
export class EventOrder {
  #greeted = false;
  /** By channel. */
  readonly #lastSeqs = new Map<string, number>();

  /** The fault of the next event. After a reset, the events of its channel begin anywhere. */
  fault(
    type: string,
    { channel, seq = 0 }: { channel?: string; seq?: number },
  ): string | undefined {
    if ((type === 'hello') === this.#greeted)
      return `event "${type}" where hello comes first, once`;
    this.#greeted = true;
    if (type === 'reset' || type === 'subscribed') this.#forget(channel);
    if (!isLogged(type) || channel === undefined) return undefined;
    const last = this.#lastSeqs.get(channel) ?? 0;
    this.#lastSeqs.set(channel, seq);
    return seq > last ? undefined : `event ${seq} comes after ${last}`;
  }

  /** A stream of one channel does not name it in a reset. */
  #forget(channel: string | undefined): void {
    if (channel === undefined) this.#lastSeqs.clear();
    else this.#lastSeqs.delete(channel);
  }
}
