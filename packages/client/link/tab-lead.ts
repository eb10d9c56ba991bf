import { Gate } from '../gate.ts';

/** What a tab does when it gets or loses the lead. */
export interface LeadListener {
  onLead: () => void;
  onLost: () => void;
}

/** A tab's part in the choice of one leader among the tabs of a browser. */
export interface TabLead {
  /** Takes the lead from a tab that no longer answers. */
  take(): void;
  /** Another tab announces that it leads. */
  heard(tab: string): void;
  /** Gives up the lead, or the wait for it. */
  close(): void;
}

/** Options of `navigator.locks.request` (Web Locks API). */
interface LockOptions {
  signal?: AbortSignal;
  steal?: boolean;
}

/** The part of Web Locks that is used here. */
export interface Locks {
  request(name: string, options: LockOptions, held: () => Promise<void>): Promise<unknown>;
}

/**
 * The lead as a Web Lock. The browser gives it to the tab that has waited longest, as soon as the
 * leader is closed, has crashed or has left the page.
 */
export class LockedLead implements TabLead {
  readonly #name: string;
  readonly #listener: LeadListener;
  readonly #locks: Locks;
  readonly #closed = new Gate();
  readonly #stop = new AbortController();
  #leads = false;

  constructor(name: string, listener: LeadListener, locks: Locks) {
    this.#name = name;
    this.#listener = listener;
    this.#locks = locks;
    void this.#hold({ signal: this.#stop.signal });
  }

  take(): void {
    if (!this.#leads) void this.#hold({ steal: true });
  }

  heard(): void {}

  close(): void {
    this.#stop.abort();
    this.#closed.open();
  }

  async #hold(options: LockOptions): Promise<void> {
    try {
      await this.#locks.request(this.#name, options, () => {
        const { signal } = this.#stop;
        if (!signal.aborted && !this.#leads) {
          this.#leads = true;
          this.#listener.onLead();
        }
        return this.#closed.opened;
      });
    } catch {
      // Another tab took the lead, or this one is closed.
      if (this.#stop.signal.aborted || !this.#leads) return;
      this.#leads = false;
      this.#listener.onLost();
      void this.#hold({ signal: this.#stop.signal });
    }
  }
}

/**
 * The lead by announcements, where the page has no Web Locks (plain HTTP under a name other than
 * localhost is no secure context). Two tabs can announce it at once; then the one with the greater
 * name yields. For a moment both have a connection.
 */
export class AnnouncedLead implements TabLead {
  readonly #tab: string;
  readonly #listener: LeadListener;
  readonly #announce: () => void;
  #leads = false;

  constructor(tab: string, listener: LeadListener, announce: () => void) {
    this.#tab = tab;
    this.#listener = listener;
    this.#announce = announce;
  }

  take(): void {
    if (!this.#leads) {
      this.#leads = true;
      this.#listener.onLead();
    }
    this.#announce();
  }

  heard(tab: string): void {
    if (!this.#leads) return;
    if (this.#tab < tab) {
      this.#announce();
      return;
    }
    this.#leads = false;
    this.#listener.onLost();
  }

  close(): void {
    this.#leads = false;
  }
}
