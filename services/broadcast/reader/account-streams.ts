import { parseReadNotice, type ReadPosition } from '@parley/contract/channels/read-position.ts';
import { READ_POSITIONS_TOPIC, type Side } from '@parley/contract/channels/topic.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { BroadcastMetrics } from '../metrics.ts';

/** An open stream of an account. */
export interface AccountStream {
  /** The side of a channel that it sends; undefined before its hello, and for other channels. */
  sideOf(channel: string): Side | undefined;
  /** Offers a position, which a slow reader does not get. */
  offer(position: ReadPosition): void;
}

interface AccountStreamsParts {
  bus: Bus;
  log: Log;
  metrics: BroadcastMetrics;
}

/**
 * The open streams of accounts. Each read position that moves forward is offered to the streams of its
 * account that send the channel. Nothing of it is kept.
 */
export class AccountStreams {
  readonly #streams = new Map<string, Set<AccountStream>>();
  readonly #parts: AccountStreamsParts;

  constructor(parts: AccountStreamsParts) {
    this.#parts = parts;
    parts.bus
      .subscribe(READ_POSITIONS_TOPIC, (payload) => this.#receive(payload))
      .catch((error: Error) => parts.log.warn({ cause: error.message }, 'no read positions'));
  }

  /** Adds a stream of an account; returns what removes it. */
  add(account: string, stream: AccountStream): () => void {
    const streams = this.#streams.get(account) ?? new Set();
    this.#streams.set(account, streams.add(stream));
    return () => {
      streams.delete(stream);
      if (streams.size === 0) this.#streams.delete(account);
    };
  }

  #receive(payload: Buffer): void {
    try {
      for (const position of parseReadNotice(payload.toString()).positions) {
        const { account, channel, seq, private: isPrivate } = position;
        const side = isPrivate ? 'private' : 'public';
        for (const stream of this.#streams.get(account) ?? []) {
          if (stream.sideOf(channel) === side) stream.offer({ channel, seq });
        }
      }
    } catch (error) {
      this.#parts.metrics.refused.inc();
      const cause = (error as Error).message;
      this.#parts.log.warn({ cause }, 'a message on the topic of read positions is not valid');
    }
  }
}
