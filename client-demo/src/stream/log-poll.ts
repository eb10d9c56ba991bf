import type { EventsPage } from '@parley/contract/events/events-page.ts';

/** Most events of one page. */
const PAGE_EVENTS = 500;

/** What a poll needs. */
export interface PollOptions {
  everyMs: number;
  /** Reads the log from the reader's position. */
  read: (limit: number) => Promise<EventsPage>;
  onPage: (page: EventsPage) => void;
  onFault: (error: unknown) => void;
}

/** Reads a log at an interval, for a tab that has no stream. End it with `stop()`. */
export class LogPoll {
  readonly #options: PollOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reading = false;
  #stopped = false;

  constructor(options: PollOptions) {
    this.#options = options;
    this.#wait();
  }

  /** Reads at once, unless a read is running. */
  async now(): Promise<void> {
    if (this.#reading) return;
    clearTimeout(this.#timer);
    this.#reading = true;
    await this.#readAll();
    this.#reading = false;
    if (!this.#stopped) this.#wait();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #wait(): void {
    this.#timer = setTimeout(() => void this.now(), this.#options.everyMs);
  }

  async #readAll(): Promise<void> {
    const { read, onPage, onFault } = this.#options;
    try {
      for (let more = true; more && !this.#stopped; ) {
        const page = await read(PAGE_EVENTS);
        if (!this.#stopped) onPage(page);
        more = page.next !== null;
      }
    } catch (error) {
      if (!this.#stopped) onFault(error);
    }
  }
}
