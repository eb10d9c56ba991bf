import { signalsTopic } from '@parley/contract/channels/topic.ts';
import { encodeSignal, SIGNAL_MAX_BYTES, type Signal } from '@parley/contract/events/signal.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { Poster, SignalLimit } from '../post-limit.ts';
import type { PostPreview, Store, UnplacedPost } from '../store/store.ts';
import { refusalOf } from './refusal.ts';

interface SignalsParts {
  store: Pick<Store, 'preview'>;
  bus: Bus;
  limit: SignalLimit;
  clock: () => number;
}

/**
 * Sends posts that are not stored to the readers that are connected. The same posts are refused as
 * when they are stored. While the link to the broker is down, or the broker is behind, signals are lost.
 */
export class Signals {
  readonly #store: Pick<Store, 'preview'>;
  readonly #bus: Bus;
  readonly #limit: SignalLimit;
  readonly #clock: () => number;

  constructor({ store, bus, limit, clock }: SignalsParts) {
    this.#store = store;
    this.#bus = bus;
    this.#limit = limit;
    this.#clock = clock;
  }

  /**
   * Resolves when the signal is handed to the broker.
   * @throws ChatError `too-many-requests`, `body-too-large`, `channel-closed`, `muted`, `name-taken`,
   * `not-found` or `store-unavailable`
   */
  async send(post: UnplacedPost, poster: Poster): Promise<Signal> {
    await this.#limit(poster);
    const signal = signalOf(post, new Date(this.#clock()).toISOString());
    if (bytesOf(signal) > SIGNAL_MAX_BYTES) {
      throw new ChatError(
        'body-too-large',
        'A signal has at most 4 KB; send less, or let it be stored.',
      );
    }
    const { side, refusal } = await this.#preview(post);
    if (refusal !== undefined) throw refusalOf(refusal);
    this.#bus.publishOnce(signalsTopic(signal.channel, side), encodeSignal(signal));
    return signal;
  }

  async #preview(post: UnplacedPost): Promise<PostPreview> {
    try {
      return await this.#store.preview(post, this.#clock());
    } catch (cause) {
      if (cause instanceof ChatError) throw cause;
      throw new ChatError('store-unavailable', 'The signal was not sent; send it again.', {
        cause,
      });
    }
  }
}

function signalOf(post: UnplacedPost, at: string): Signal {
  const { channel, username, data } = post;
  const type = post.kind === 'event' ? post.type : 'message';
  return {
    channel,
    kind: 'signal',
    type,
    at,
    ...(username !== '' && { username }),
    ...(post.kind === 'message' && { message: post.message }),
    ...(data !== undefined && { data }),
  };
}

function bytesOf({ message = '', data = '' }: Signal): number {
  return Buffer.byteLength(message) + Buffer.byteLength(data);
}
