import { randomUUID } from 'node:crypto';
import type { Log } from '@parley/kit/log/log.ts';
import { pause, repeat } from '@parley/kit/repeat.ts';
import type { SearchStore } from '../store/search.ts';

/** Messages added in one transaction. It takes few milliseconds, in which posts wait. */
const STEP_MESSAGES = 200;
/** The pause between two steps, in which posts are stored. */
const REST_MS = 20;
/** How soon a replica tries again, without the lease or after a failure. */
const PERIOD_MS = 10_000;
const REPORT_MS = 10_000;
/** After a start, in a rolling update older replicas may store messages for this long. */
const UPDATE_MS = 600_000;
/** Messages of this time are looked at for those of older replicas. */
const RECHECK_MS = 3_600_000;

/**
 * Adds the messages from before the index of words to it, in small steps, on one replica at a time.
 * Each channel's newest messages are added first. A step that is stored is not done again, so this
 * goes on after a restart.
 */
export class Indexer implements AsyncDisposable {
  readonly #store: SearchStore;
  readonly #log: Log;
  readonly #holder = randomUUID();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #indexing = false;
  readonly #startedAt = performance.now();
  /** How often it was looked for messages of older replicas: at the start, and UPDATE_MS later. */
  #rechecks = 0;
  #added = 0;
  #reportedAt = performance.now();

  constructor(store: SearchStore, log: Log) {
    this.#store = store;
    this.#log = log;
    this.#running = repeat(() => this.#indexAll(), {
      signal: this.#stop.signal,
      pauseMs: PERIOD_MS,
      onFailure: (err) => log.warn({ err }, 'search: indexing failed; it is tried again'),
    });
  }

  /** True while messages from before the index are missing in it. */
  get indexing(): boolean {
    return this.#indexing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #indexAll(): Promise<void> {
    await this.#recheck();
    let channels = await this.#store.unindexed();
    this.#indexing = channels.length > 0;
    if (channels.length > 0 && !(await this.#store.hold(this.#holder))) return;
    while (channels.length > 0) {
      const left: string[] = [];
      for (const channel of channels) {
        if (this.#stop.signal.aborted || !(await this.#store.hold(this.#holder))) return;
        const { added, done } = await this.#store.index(channel, STEP_MESSAGES);
        if (!done) left.push(channel);
        this.#report(added, channels.length);
        await pause(REST_MS, this.#stop.signal);
      }
      channels = left;
    }
    this.#indexing = false;
    if (this.#added === 0) return;
    this.#log.info({ messages: this.#added }, 'search: all messages are indexed');
    this.#added = 0;
  }

  async #recheck(): Promise<void> {
    const due = this.#rechecks * UPDATE_MS;
    if (this.#rechecks === 2 || performance.now() - this.#startedAt < due) return;
    const added = await this.#store.recheck(Date.now() - RECHECK_MS);
    this.#rechecks++;
    if (added > 0)
      this.#log.info({ messages: added }, 'search: indexed messages of older replicas');
  }

  #report(added: number, channels: number): void {
    this.#added += added;
    if (performance.now() - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = performance.now();
    this.#log.info({ messages: this.#added, channels }, 'search: indexing older messages');
  }
}
