import { parseMuteNotice } from '@parley/contract/channels/mute.ts';
import { parseReadNotice } from '@parley/contract/channels/read-position.ts';
import { MUTES_TOPIC, READ_POSITIONS_TOPIC, type Side } from '@parley/contract/channels/topic.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Framing } from '../framing/framing.ts';
import type { BroadcastMetrics } from '../metrics.ts';

/** An open stream of an account. */
export interface AccountStream {
  /** The side of a channel that it sends; undefined before its hello, and for other channels. */
  sideOf(channel: string): Side | undefined;
  /** Offers what `frame` makes in the framing of the stream; a slow reader does not get it. */
  offer(frame: (framing: Framing) => Buffer): void;
}

interface AccountStreamsParts {
  bus: Bus;
  log: Log;
  metrics: BroadcastMetrics;
}

/** The account that a notice is for, and the channel that it is about. */
interface About {
  account: string;
  channel: string;
  private?: true | undefined;
}

/**
 * The open streams of accounts. Each read position that moves forward, and each changed mute, is offered
 * to the streams of its account that send the channel. Nothing of it is kept.
 */
export class AccountStreams {
  readonly #streams = new Map<string, Set<AccountStream>>();
  readonly #parts: AccountStreamsParts;

  constructor(parts: AccountStreamsParts) {
    this.#parts = parts;
    this.#follow(READ_POSITIONS_TOPIC, (json) => {
      for (const position of parseReadNotice(json).positions)
        this.#offer(position, (framing) => framing.read(position));
    });
    this.#follow(MUTES_TOPIC, (json) => {
      const change = parseMuteNotice(json);
      this.#offer(change, (framing) => framing.mute(change));
    });
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

  #follow(topic: string, receive: (json: string) => void): void {
    const { bus, log, metrics } = this.#parts;
    const receiveOne = (payload: Buffer) => {
      try {
        receive(payload.toString());
      } catch (error) {
        metrics.refused.inc();
        const cause = (error as Error).message;
        log.warn({ cause, topic }, 'a notice for the streams of an account is not valid');
      }
    };
    bus
      .subscribe(topic, receiveOne)
      .catch((error: Error) =>
        log.warn({ cause: error.message, topic }, 'no notices for the streams of accounts'),
      );
  }

  #offer(about: About, frame: (framing: Framing) => Buffer): void {
    const side = about.private ? 'private' : 'public';
    for (const stream of this.#streams.get(about.account) ?? [])
      if (stream.sideOf(about.channel) === side) stream.offer(frame);
  }
}
