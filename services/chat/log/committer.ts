import { setImmediate } from 'node:timers/promises';
import type { ChatMessage, TypedEvent } from '@parley/contract/events/event.ts';
import { ChatError } from '@parley/contract/problem.ts';
import type { Log } from '@parley/kit/log/log.ts';
import { reach } from '@parley/kit/post-steps.ts';
import type { ChatMetrics } from '../metrics.ts';
import type {
  Appended,
  ClosingDraft,
  Draft,
  MessageDraft,
  PostDraft,
  Store,
} from '../store/store.ts';
import type { Publisher } from './publisher.ts';
import { refusalOf } from './refusal.ts';

/** Most posts in one transaction. Bounds its duration and the burst of events that it publishes. */
const BATCH_MAX = 256;
/**
 * Most posts that may wait. A further post is refused at once: its client would give up waiting.
 */
const QUEUE_MAX = 10_000;
/** Most characters of text in the waiting posts. */
const QUEUE_MAX_TEXT = 16_000_000;

/** The event of a post. */
type EventOf<D extends PostDraft> = D extends MessageDraft ? ChatMessage : TypedEvent;

type Settled = Exclude<Appended, { outcome: 'refused' }>;

/** The outcome of a draft that was not refused: the event of a post, the message of a change. */
export type SettledOf<D extends Draft> = D extends PostDraft
  ? { outcome: 'stored' | 'replayed'; event: EventOf<D>; server: string }
  : D extends ClosingDraft
    ? Settled
    : Settled & { message: ChatMessage };

/**
 * A commit that fails after more than this time shows that the store hangs. A commit that waits for
 * a locked channel fails sooner.
 */
const HUNG_LIMIT_MS = 8_000;
/** How long a post may wait before the check of ingest fails. */
const WAIT_LIMIT_MS = 5_000;

interface Waiting {
  since: number;
  draft: Draft;
  slice: object | undefined;
  resolve: (settled: never) => void;
  reject: (error: ChatError) => void;
}

/**
 * Commits posts in groups: the posts that arrive during a transaction are stored by the next one.
 * Each post is answered, and its event published, after its own commit.
 */
export class Committer {
  readonly #store: Store;
  readonly #publisher: Publisher;
  readonly #log: Log;
  readonly #metrics: ChatMetrics;
  #queue: Waiting[] = [];
  #queuedText = 0;
  #draining: Promise<void> | undefined;

  constructor({
    store,
    publisher,
    log,
    metrics,
  }: {
    store: Store;
    publisher: Publisher;
    log: Log;
    metrics: ChatMetrics;
  }) {
    this.#store = store;
    this.#publisher = publisher;
    this.#log = log;
    this.#metrics = metrics;
    metrics.countWaiting(() => this.#queue.length);
  }

  /**
   * Resolves once the event is durable, or when nothing has to change. `slice` is the same for posts
   * that are stored by one transaction: at most 256, appended in one turn of the event loop.
   * @throws ChatError with the store's refusal, `overloaded`, or `store-unavailable`
   */
  append<D extends Draft>(draft: D, slice?: object): Promise<SettledOf<D>> {
    if (this.#queue.length >= QUEUE_MAX || this.#queuedText >= QUEUE_MAX_TEXT) {
      throw new ChatError('overloaded', 'Too many posts wait to be stored; send this one again.');
    }
    reach('checked');
    return new Promise((resolve, reject) => {
      this.#queue.push({ since: performance.now(), draft, slice, resolve, reject });
      this.#queuedText += textOf(draft);
      this.#draining ??= this.#drain();
    });
  }

  /** Rejects when the oldest waiting post has waited for more than WAIT_LIMIT_MS. */
  async check(): Promise<void> {
    const waitedMs = performance.now() - (this.#queue[0]?.since ?? Number.POSITIVE_INFINITY);
    if (waitedMs > WAIT_LIMIT_MS) throw new Error(`a post has waited ${Math.round(waitedMs)} ms`);
  }

  /** Resolves when every accepted post has been answered. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // The posts of one turn of the event loop are one group.
    await setImmediate();
    while (this.#queue.length > 0) {
      await this.#publisher.ready();
      await this.#commit(this.#takeOut(this.#nextSize()));
    }
    this.#draining = undefined;
  }

  async #commit(group: Waiting[]): Promise<void> {
    const startedAt = performance.now();
    const done = this.#metrics.commitSeconds.startTimer();
    this.#metrics.commitSize.observe(group.length);
    let results: Appended[];
    reach('commit');
    try {
      results = await this.#store.append(group.map(({ draft }) => draft));
    } catch (error) {
      // When the store hangs, the posts in the queue fail, too: they would wait as long again.
      const hung = performance.now() - startedAt > HUNG_LIMIT_MS;
      this.#fail(hung ? [...group, ...this.#takeOut(this.#queue.length)] : group, error);
      return;
    } finally {
      done();
    }
    reach('stored');
    this.#publisher.publish(
      results.flatMap((result) => (result.outcome === 'stored' ? [result] : [])),
    );
    for (const [i, result] of results.entries()) settle(group[i], result);
  }

  /** The number of posts in the next transaction. It divides no slice. */
  #nextSize(): number {
    const next = this.#queue[BATCH_MAX]?.slice;
    if (next === undefined) return BATCH_MAX;
    return this.#queue.findIndex(({ slice }) => slice === next) || BATCH_MAX;
  }

  #takeOut(count: number): Waiting[] {
    const group = this.#queue.splice(0, count);
    for (const { draft } of group) this.#queuedText -= textOf(draft);
    return group;
  }

  #fail(group: Waiting[], error: unknown): void {
    this.#log.error({ err: error, posts: group.length }, 'commit failed; its posts were refused');
    const refusal = new ChatError(
      'store-unavailable',
      'This is perhaps not stored; send it again, and a message with the same Idempotency-Key.',
      {
        cause: error,
      },
    );
    for (const { reject } of group) reject(refusal);
  }
}

function textOf(draft: Draft): number {
  const text = 'message' in draft ? draft.message.length : 0;
  return 'data' in draft && draft.data !== undefined ? text + draft.data.length : text;
}

function settle(waiting: Waiting | undefined, result: Appended): void {
  if (result.outcome === 'refused') waiting?.reject(refusalOf(result.reason));
  else waiting?.resolve(result as never);
}
