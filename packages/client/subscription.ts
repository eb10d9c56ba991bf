import type { Emitter } from './emitter.ts';
import { ParleyError } from './error.ts';
import type {
  ChannelState,
  LogEvent,
  Message,
  Mute,
  Presence,
  ReadPosition,
  Renamed,
  Reset,
  Signal,
  TypedEvent,
} from './events.ts';

/** Most events that wait for a reader by `for await`. */
const UNREAD_MAX = 10_000;

/** A listener for the events of a name. */
export type Handler<Name extends string> = (
  event: Name extends 'message'
    ? Message
    : Name extends 'signal'
      ? Signal
      : Name extends 'reset'
        ? Reset
        : Name extends 'renamed'
          ? Renamed
          : Name extends 'presence'
            ? Presence
            : Name extends 'read'
              ? ReadPosition
              : Name extends 'mute'
                ? Mute
                : Name extends 'live'
                  ? ChannelState
                  : Name extends 'error'
                    ? ParleyError
                    : Name extends '*'
                      ? LogEvent
                      : // biome-ignore lint/suspicious/noExplicitAny: the data is the application's own
                        TypedEvent<any>,
) => void;

export interface SubscriptionParts {
  /** Begins to read, unless it has begun; returns where the events arrive. */
  open: () => Emitter;
  /** The position of the newest event of a channel. */
  position: (channel: string) => string | undefined;
  close: () => void;
}

/** The events of a channel, or of the channels that match a pattern. The first listener opens it. */
export class Subscription implements AsyncIterable<LogEvent> {
  /** The name of the channel, which it has now, or the pattern. */
  readonly name: string;
  readonly #parts: SubscriptionParts;
  readonly #ends = new Set<() => void>();
  #closed = false;

  constructor(name: string, parts: SubscriptionParts) {
    this.name = name;
    this.#parts = parts;
  }

  /**
   * Calls `handler` with each event of a name: `message`, a type of your own such as `order.shipped`,
   * another kind of the log (`vote`, `reaction`, `edit`, `delete`, `close`, `reopen`), `*` for all events of the
   * log, `signal`, `presence`, `reset`, `renamed` (the channel has another name, and goes on under it), `error`, `read` (the account has read the channel, here or on
   * another device), `mute` (the account was muted in the channel, or that was changed or ended), or
   * `live`: all events up to now have arrived, at the begin and after each break. Returns what ends that.
   */
  on<Name extends string>(name: Name, handler: Handler<Name>): () => void {
    if (this.#closed) return () => undefined;
    return this.#parts.open().on(name, handler as (value: unknown) => void);
  }

  /**
   * The events of the log from now on; ends when the subscription is closed.
   * @throws ParleyError `reader-too-slow` after 10,000 events that waited, when more arrived
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<LogEvent> {
    const events: LogEvent[] = [];
    let ended = this.#closed;
    let isTooSlow = false;
    let wake: () => void = () => undefined;
    const off = this.on('*', (event) => {
      if (isTooSlow) return;
      if (events.length < UNREAD_MAX) events.push(event);
      else isTooSlow = true;
      wake();
    });
    const end = () => {
      ended = true;
      wake();
    };
    this.#ends.add(end);
    try {
      while (!ended || events.length > 0) {
        const event = events.shift();
        if (event) yield event;
        else if (isTooSlow) throw tooSlow(this.name);
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      off();
      this.#ends.delete(end);
    }
  }

  /** Ends the subscription: its listeners get no more. */
  close(): void {
    this.#closed = true;
    for (const end of this.#ends) end();
    this.#parts.close();
  }
}

function tooSlow(channel: string): ParleyError {
  const what = `More than ${UNREAD_MAX} events of ${channel} waited for their reader. `;
  const how = 'Close the channel and open it after the last event that was read.';
  return new ParleyError(what + how, { status: 0, code: 'reader-too-slow' });
}
