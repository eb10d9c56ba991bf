import { randomUUID } from 'node:crypto';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { errorsTopic } from '@parley/contract/channels/topic.ts';
import { isSignalDraft } from '@parley/contract/events/draft.ts';
import { parseIdempotencyKey } from '@parley/contract/events/idempotency-key.ts';
import {
  type InboxDraft,
  type InboxSender,
  parseInboxDraft,
  unread,
} from '@parley/contract/events/inbox.ts';
import { ChatError, encodeProblem } from '@parley/contract/problem.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import { type Identity, requirePublish } from '@parley/kit/tokens/identity.ts';
import type { Committer } from '../log/committer.ts';
import { draftFrom } from '../log/draft.ts';
import { failedOutcome } from '../log/outcome.ts';
import type { Explain } from '../log/refusal.ts';
import type { Signals } from '../log/signals.ts';
import type { ChatMetrics } from '../metrics.ts';
import type { Poster, PostLimit } from '../post-limit.ts';
import type { OpenedStore } from '../store/opened-store.ts';
import type { PostDraft, UnplacedPost } from '../store/store.ts';
import { type Delivery, type DeliveryNames, deliveryKey } from './delivery.ts';

interface InboxWriterParts {
  committer: Committer;
  signals: Signals;
  explain: Explain;
  store: OpenedStore;
  authenticator: Authenticator;
  bus: Bus;
  serverName: string;
  clock: () => number;
  log: Log;
  metrics: ChatMetrics;
  limit: PostLimit | undefined;
  /** The address for which a device's message is counted. */
  addressOf: (received: InboxSender) => string | undefined;
}

/** The problem repeats at most this many characters of a key. */
const KEY_MAX = 255;

/** A draft to store, and who posts it. */
interface StoredDraft {
  post: PostDraft;
  identity: Identity;
}

/** A draft that is not stored. */
interface SignalDraft {
  signal: UnplacedPost;
  poster: Poster;
  identity: Identity;
}

/**
 * What a delivery becomes: a draft to store, a signal, `undefined` when it is stored already, or a
 * problem.
 */
type Prepared = StoredDraft | SignalDraft | undefined | Error;

/** Stores what devices publish, as a POST is stored, and publishes problems to the devices. */
export class InboxWriter {
  readonly #parts: InboxWriterParts;

  constructor(parts: InboxWriterParts) {
    this.#parts = parts;
  }

  /**
   * Stores some deliveries in their order. Resolves with those to try again, because the store has
   * no space for them or is unavailable. All the others are done.
   */
  async store(deliveries: Delivery[], names: DeliveryNames): Promise<Delivery[]> {
    const prepared = await Promise.all(
      deliveries.map((delivery) => this.#prepare(delivery, names)),
    );
    const done = await Promise.all(
      deliveries.map((delivery, i) => this.#finish(delivery, prepared[i])),
    );
    return deliveries.filter((_, i) => !done[i]);
  }

  async #prepare(delivery: Delivery, names: DeliveryNames): Promise<Prepared> {
    try {
      const received = parseInboxDraft(delivery.payload);
      const draft = await this.#draft(delivery, received);
      if ('signal' in draft) return delivery.repeat ? undefined : draft;
      if (draft.post.key !== undefined) return draft;
      const post = await this.#named(draft.post, delivery, received, names);
      return post && { ...draft, post };
    } catch (error) {
      return error as Error;
    }
  }

  async #draft(delivery: Delivery, received: InboxDraft): Promise<StoredDraft | SignalDraft> {
    const identity = await this.#identify(received.token);
    const poster = { address: this.#parts.addressOf(received), subject: identity.subject };
    await this.#count(delivery, poster);
    if (received.fault !== undefined) throw unread(received.fault);
    const channel = parseChannel(delivery.topic.split('/').at(-1));
    requirePublish(identity, channel);
    const key = parseIdempotencyKey(received.key as string | undefined);
    const unchecked = received.draft();
    const draft = draftFrom(identity, { channel, key, ...unchecked });
    if (isSignalDraft(unchecked)) return { signal: draft, poster, identity };
    const { serverName: server, clock } = this.#parts;
    return { post: { ...draft, server, at: clock() }, identity };
  }

  /** Counts a delivery once, also when it is tried several times. */
  async #count(delivery: Delivery, poster: Poster): Promise<void> {
    const { limit } = this.#parts;
    if (!limit || delivery.counted) return;
    delivery.counted = true;
    await limit.count(poster);
  }

  async #identify(token: unknown): Promise<Identity> {
    if (token === undefined) return this.#parts.authenticator.guest;
    if (typeof token === 'string') return this.#parts.authenticator.identifyBearer(token);
    throw new ChatError('invalid-token', 'The token is not a text.');
  }

  /** Gives a draft the key of its delivery; undefined when the delivery is stored already. */
  async #named(
    draft: PostDraft,
    delivery: Delivery,
    received: InboxDraft,
    names: DeliveryNames,
  ): Promise<PostDraft | undefined> {
    if (received.delivery !== undefined) return { ...draft, key: deliveryKey(received.delivery) };
    if (delivery.packetId !== undefined && delivery.repeat) {
      if (await this.#isStored(draft.channel, names.earlier(delivery))) return undefined;
      return { ...draft, key: names.again(delivery) };
    }
    // A failed commit may have stored the message: another try has the same key.
    delivery.key ??=
      delivery.packetId === undefined ? deliveryKey(randomUUID()) : names.first(delivery);
    return { ...draft, key: delivery.key };
  }

  async #isStored(channel: string, keys: string[]): Promise<boolean> {
    try {
      return await this.#parts.store.inbox.hasKey(channel, keys);
    } catch (cause) {
      throw new ChatError('store-unavailable', 'The store cannot be read at the moment.', {
        cause,
      });
    }
  }

  /** Resolves with false when the delivery must be tried again. */
  async #finish(delivery: Delivery, prepared: Prepared): Promise<boolean> {
    const { metrics } = this.#parts;
    try {
      if (prepared instanceof Error) throw prepared;
      metrics.inbox.inc({ outcome: await this.#settle(prepared) });
      return true;
    } catch (error) {
      const isSignal = typeof prepared === 'object' && 'signal' in prepared;
      if (error instanceof ChatError && isOurs(error) && !isSignal) return this.#later(error);
      metrics.inbox.inc({ outcome: failedOutcome(error) });
      this.#publishProblem(delivery, await this.#explain(error, prepared));
      return true;
    }
  }

  async #explain(error: unknown, prepared: Prepared): Promise<unknown> {
    if (prepared === undefined || prepared instanceof Error) return error;
    const { channel } = 'signal' in prepared ? prepared.signal : prepared.post;
    return this.#parts.explain(error, channel, prepared.identity);
  }

  async #settle(prepared: StoredDraft | SignalDraft | undefined): Promise<string> {
    const { committer, signals } = this.#parts;
    if (prepared === undefined) return 'replayed';
    if (!('signal' in prepared)) return (await committer.append(prepared.post)).outcome;
    await signals.send(prepared.signal, prepared.poster);
    return 'sent';
  }

  #later({ code }: ChatError): false {
    this.#parts.log.warn({ code }, 'inbox: a message could not be stored; trying again');
    return false;
  }

  #publishProblem({ payload }: Delivery, error: unknown): void {
    if (!(error instanceof ChatError))
      this.#parts.log.error({ err: error }, 'inbox: a message failed');
    const { client, key } = readSender(payload);
    const topic = client === undefined ? undefined : errorsTopic(client);
    if (topic === undefined) return;
    const problem = encodeProblem(error instanceof ChatError ? error : FAULT);
    this.#parts.bus.publish(
      topic,
      JSON.stringify(
        typeof key === 'string' ? { ...problem, key: key.slice(0, KEY_MAX) } : problem,
      ),
    );
  }
}

/**
 * True for a fault of ours, after which a delivery is tried again. With `keys-unavailable` the
 * device gets a problem instead: a token provider that is unavailable must not hold up other
 * devices.
 */
function isOurs({ status, code }: ChatError): boolean {
  return status >= 500 && code !== 'keys-unavailable';
}

const FAULT = new ChatError('internal-error', 'Something went wrong here.');

function readSender(payload: Buffer): Partial<InboxDraft> {
  try {
    return parseInboxDraft(payload);
  } catch {
    return {};
  }
}
