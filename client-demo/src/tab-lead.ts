import { makeIdempotencyKey } from './idempotency-key.ts';
import type { LeadNote, TabNote } from './tab-note.ts';

/** What a tab is told about leading the tabs of its browser. */
export interface LeadListener {
  onLead(): void;
  /** Another tab took the lead from this one. */
  onLost(): void;
}

/** A tab's part in having one leader among the tabs of a browser. */
export interface TabLead {
  /** Takes the lead from a tab that does not answer any more. */
  take(): void;
  /** Hears what the tabs without Web Locks say to each other. */
  hear(note: LeadNote): void;
  /** Gives up the lead, or the wait for it. */
  close(): void;
}

/**
 * The lead as a Web Lock: the browser gives it to the tab that has waited longest, as soon as the
 * leading one is closed, crashed or gone elsewhere.
 */
export class LockedLead implements TabLead {
  readonly #name: string;
  readonly #listener: LeadListener;
  readonly #locks: LockManager;
  readonly #closed = Promise.withResolvers<void>();
  #waiting = new AbortController();

  constructor(name: string, listener: LeadListener, locks: LockManager) {
    this.#name = name;
    this.#listener = listener;
    this.#locks = locks;
    this.#wait();
  }

  take(): void {
    this.#waiting.abort();
    void this.#hold({ steal: true });
  }

  hear(): void {}

  close(): void {
    this.#waiting.abort();
    this.#closed.resolve();
  }

  #wait(): void {
    this.#waiting = new AbortController();
    void this.#hold({ signal: this.#waiting.signal });
  }

  async #hold(options: LockOptions): Promise<void> {
    let leads = false;
    try {
      await this.#locks.request(this.#name, options, () => {
        leads = true;
        this.#listener.onLead();
        return this.#closed.promise;
      });
    } catch {
      if (!leads) return;
      this.#listener.onLost();
      this.#wait();
    }
  }
}

/**
 * The lead by word of mouth, where the page has no Web Locks (plain HTTP under a name other than
 * localhost is no secure context): whoever hears no leader says that it leads. Two may do so at
 * once; the one whose random name is greater then yields. For a moment both hold a stream, which
 * costs a connection and nothing else.
 */
export class SpokenLead implements TabLead {
  readonly #tab = makeIdempotencyKey();
  readonly #listener: LeadListener;
  readonly #say: (note: TabNote) => void;
  #leads = false;

  constructor(listener: LeadListener, say: (note: TabNote) => void) {
    this.#listener = listener;
    this.#say = say;
  }

  take(): void {
    if (!this.#leads) {
      this.#leads = true;
      this.#listener.onLead();
    }
    this.#say({ type: 'lead', tab: this.#tab });
  }

  hear(note: LeadNote): void {
    if (note.type !== 'lead' || !this.#leads) return;
    if (this.#tab < note.tab) {
      this.take();
    } else {
      this.#leads = false;
      this.#listener.onLost();
    }
  }

  close(): void {
    if (this.#leads) this.#say({ type: 'leave' });
    this.#leads = false;
  }
}
