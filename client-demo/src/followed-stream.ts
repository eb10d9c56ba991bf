import type { ChatEvent } from '@parley/contract/event.ts';
import type { EventsPage } from '@parley/contract/events-page.ts';
import type { StreamListener } from './channel-stream.ts';
import { type RetryBounds, retryDelayMs } from './retry-delay.ts';
import { hasReached, isOfSameLog, type Standing } from './standing.ts';

/** A page of a hole is at most so long. */
const HOLE_PAGE = 500;

/** The log that holes are filled from. */
export interface ReadableLog {
  newest(before: number, limit: number): Promise<EventsPage>;
  after(seq: number, limit: number): Promise<EventsPage>;
}

/** What a followed stream is made of; `last` is the history that it begins with. */
export interface FollowedOptions {
  log: ReadableLog;
  listener: Pick<StreamListener, 'onEvent' | 'onRestart'>;
  last: number;
  retry: RetryBounds;
}

/**
 * A stream that another tab reads: its events come second hand, possibly with holes or from another
 * log, and are told in order and once each. What is missing is fetched from the log.
 */
export class FollowedStream {
  readonly #options: FollowedOptions;
  #standing: Standing | undefined;
  #goal: Standing | undefined;
  #held: ChatEvent[] = [];
  #following = false;
  #restarts = 0;
  readonly #closed = new AbortController();

  /** `from` is where the tab stands already. */
  constructor(options: FollowedOptions, from: Standing | undefined) {
    this.#options = options;
    this.#standing = from;
  }

  /** The last event that was told. */
  get standing(): Standing | undefined {
    return this.#standing;
  }

  /** Takes an event that the leader told. */
  take(event: ChatEvent): void {
    this.#held.push(event);
    this.reach(event);
  }

  /** Sees to it that everything up to a place is told. */
  reach({ epoch, seq }: Standing): void {
    const goal = { epoch, seq };
    if (this.#goal && hasReached(this.#goal, goal)) return;
    this.#goal = goal;
    void this.#follow();
  }

  /** What was told is void; the newest history follows once the leader has told an event of it. */
  restart(): void {
    this.#restarts += 1;
    this.#standing = undefined;
    this.#goal = undefined;
    this.#held = [];
    this.#options.listener.onRestart();
  }

  close(): void {
    this.#closed.abort();
  }

  async #follow(): Promise<void> {
    if (this.#following) return;
    this.#following = true;
    for (let attempt = 0; !this.#closed.signal.aborted; ) {
      this.#tellHeld();
      if (!this.#goal || (this.#standing && hasReached(this.#standing, this.#goal))) break;
      attempt = (await this.#fill(this.#goal)) ? 0 : attempt + 1;
      if (attempt > 0) await this.#pause(attempt);
    }
    this.#following = false;
  }

  /** Tells what is held as far as there is no hole. */
  #tellHeld(): void {
    for (let next = this.#held[0]; next; next = this.#held[0]) {
      const standing = this.#standing;
      if (!standing || !isOfSameLog(standing, next) || next.seq > standing.seq + 1) return;
      this.#held.shift();
      this.#tell(next);
    }
  }

  #tell(event: ChatEvent): void {
    if (this.#standing && hasReached(this.#standing, event)) return;
    this.#standing = { epoch: event.epoch, seq: event.seq };
    this.#options.listener.onEvent(event);
  }

  /** Reads towards the goal; answers whether the log could be read. */
  async #fill(goal: Standing): Promise<boolean> {
    if (this.#standing && !isOfSameLog(this.#standing, goal)) {
      this.#standing = undefined;
      this.#options.listener.onRestart();
    }
    const from = this.#standing;
    const restarts = this.#restarts;
    const page = await this.#read(from, goal);
    if (this.#closed.signal.aborted || restarts !== this.#restarts) return true;
    if (page && page.epoch !== goal.epoch) return this.#forsake(goal);
    if (!page || page.head < goal.seq) return false;
    for (const event of page.events) this.#tell(event);
    if (from === undefined || page.next === null) this.#skipTo(goal);
    return true;
  }

  #read(from: Standing | undefined, goal: Standing): Promise<EventsPage | undefined> {
    const { log, last } = this.#options;
    const page = from ? log.after(from.seq, HOLE_PAGE) : log.newest(goal.seq + 1, last);
    return page.catch(() => undefined);
  }

  /** A log that is another one by now has nothing for this goal: the leader will name a new one. */
  #forsake(goal: Standing): true {
    if (this.#goal === goal) this.#goal = undefined;
    return true;
  }

  /** Where the log has nothing more before the goal, there is nothing to wait for. */
  #skipTo(goal: Standing): void {
    if (!this.#standing || this.#standing.seq < goal.seq) this.#standing = goal;
  }

  async #pause(attempt: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, retryDelayMs(attempt - 1, this.#options.retry));
    this.#closed.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
  }
}
