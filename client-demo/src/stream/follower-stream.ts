import type { ChatEvent } from '@parley/contract/events/event.ts';
import type { EventsPage } from '@parley/contract/events/events-page.ts';
import { hasReached, isOfSameLog, type Position } from '../history/position.ts';
import { type RetryBounds, retryDelayMs } from '../retry-delay.ts';
import type { StreamListener } from './channel-stream.ts';

/** Most events of one page that fills a hole. */
const HOLE_PAGE = 500;

/** The log from which holes are filled. */
export interface ReadableLog {
  newest(before: number, limit: number): Promise<EventsPage>;
  after(seq: number, limit: number): Promise<EventsPage>;
}

/** What a followed stream needs; `last` is the number of newest events that it begins with. */
export interface FollowerOptions {
  log: ReadableLog;
  listener: Pick<StreamListener, 'onEvent' | 'onRestart'>;
  last: number;
  retry: RetryBounds;
}

/**
 * The stream of a follower tab: its events come from the leader tab, possibly with holes or from
 * another log. It delivers them in order and once each, and fetches missing events from the log.
 */
export class FollowerStream {
  readonly #options: FollowerOptions;
  #position: Position | undefined;
  #goal: Position | undefined;
  #held: ChatEvent[] = [];
  #following = false;
  #restarts = 0;
  readonly #closed = new AbortController();

  /** `from` is the position of this tab. */
  constructor(options: FollowerOptions, from: Position | undefined) {
    this.#options = options;
    this.#position = from;
  }

  /** The position of the last delivered event. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** An event from the leader tab. */
  receive(event: ChatEvent): void {
    this.#held.push(event);
    this.reach(event);
  }

  /** Delivers everything up to a position. */
  reach({ epoch, seq }: Position): void {
    const goal = { epoch, seq };
    if (this.#goal && hasReached(this.#goal, goal)) return;
    this.#goal = goal;
    void this.#follow();
  }

  /**
   * The delivered events are void. The newest history follows after the next event of the leader
   * tab.
   */
  restart(): void {
    this.#restarts += 1;
    this.#position = undefined;
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
      this.#deliverHeld();
      if (!this.#goal || (this.#position && hasReached(this.#position, this.#goal))) break;
      attempt = (await this.#fill(this.#goal)) ? 0 : attempt + 1;
      if (attempt > 0) await this.#pause(attempt);
    }
    this.#following = false;
  }

  /** Delivers the held events up to the first hole. */
  #deliverHeld(): void {
    for (let next = this.#held[0]; next; next = this.#held[0]) {
      const position = this.#position;
      if (!position || !isOfSameLog(position, next) || next.seq > position.seq + 1) return;
      this.#held.shift();
      this.#deliver(next);
    }
  }

  #deliver(event: ChatEvent): void {
    if (this.#position && hasReached(this.#position, event)) return;
    this.#position = { epoch: event.epoch, seq: event.seq };
    this.#options.listener.onEvent(event);
  }

  /** Reads from the log towards the goal; resolves with whether the log could be read. */
  async #fill(goal: Position): Promise<boolean> {
    if (this.#position && !isOfSameLog(this.#position, goal)) {
      this.#position = undefined;
      this.#options.listener.onRestart();
    }
    const from = this.#position;
    const restarts = this.#restarts;
    const page = await this.#read(from, goal);
    if (this.#closed.signal.aborted || restarts !== this.#restarts) return true;
    if (page && page.epoch !== goal.epoch) return this.#forsake(goal);
    if (!page || page.head < goal.seq) return false;
    for (const event of page.events) this.#deliver(event);
    if (from === undefined || page.next === null) this.#skipTo(goal);
    return true;
  }

  #read(from: Position | undefined, goal: Position): Promise<EventsPage | undefined> {
    const { log, last } = this.#options;
    const page = from ? log.after(from.seq, HOLE_PAGE) : log.newest(goal.seq + 1, last);
    return page.catch(() => undefined);
  }

  /**
   * The log has been replaced and has nothing for this goal. The leader tab will send a new one.
   */
  #forsake(goal: Position): true {
    if (this.#goal === goal) this.#goal = undefined;
    return true;
  }

  /** The log has no more events before the goal, so the stream does not wait for them. */
  #skipTo(goal: Position): void {
    if (!this.#position || this.#position.seq < goal.seq) this.#position = goal;
  }

  async #pause(attempt: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, retryDelayMs(attempt - 1, this.#options.retry));
    this.#closed.signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
  }
}
