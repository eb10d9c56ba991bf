import { makeIdempotencyKey } from '../idempotency-key.ts';
import type { LeadNote, TabNote } from './tab-note.ts';

/** Notified when this tab gets or loses the lead. */
export interface LeadListener {
  onLead(): void;
  /** Another tab took the lead from this one. */
  onLost(): void;
}

/** A tab's share in the choice of one leader among the tabs of a browser. */
export interface TabLead {
  /** Takes the lead from a tab that no longer answers. */
  take(): void;
  /** Receives the notes of tabs without Web Locks. */
  receive(note: LeadNote): void;
  /** Gives up the lead, or stops waiting for it. */
  close(): void;
}

/**
 * The lead as a Web Lock. The browser gives it to the tab that has waited longest, as soon as the
 * leader tab is closed, has crashed or has left the page.
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

  receive(): void {}

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
 * The lead by notes between the tabs, if the page has no Web Locks (plain HTTP under a name other
 * than localhost is not a secure context). A tab that receives no note of a leader announces that
 * it leads. Two tabs can do so at once; then the one with the greater random name yields. For a
 * moment both hold a stream, which costs only one connection.
 */
export class AnnouncedLead implements TabLead {
  readonly #tab = makeIdempotencyKey();
  readonly #listener: LeadListener;
  readonly #publish: (note: TabNote) => void;
  #leads = false;

  constructor(listener: LeadListener, publish: (note: TabNote) => void) {
    this.#listener = listener;
    this.#publish = publish;
  }

  take(): void {
    if (!this.#leads) {
      this.#leads = true;
      this.#listener.onLead();
    }
    this.#publish({ type: 'lead', tab: this.#tab });
  }

  receive(note: LeadNote): void {
    if (note.type !== 'lead' || !this.#leads) return;
    if (this.#tab < note.tab) {
      this.take();
    } else {
      this.#leads = false;
      this.#listener.onLost();
    }
  }

  close(): void {
    if (this.#leads) this.#publish({ type: 'leave' });
    this.#leads = false;
  }
}
