/** The longest time that `setTimeout` supports. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

type Listener = (sid: string) => void;

/**
 * Sessions that have ended while some of their tokens have not expired. A session is forgotten when
 * the last of its tokens has expired.
 */
export class EndedSessions {
  readonly #until = new Map<string, number>();
  readonly #listeners: Listener[] = [];

  /**
   * Ends a session. `until` is the Unix second after which all its tokens have expired. A second
   * call for the same session does not notify the listeners again.
   */
  end(sid: string, until: number): void {
    if (until <= (this.#until.get(sid) ?? 0)) return;
    const known = this.#until.has(sid);
    this.#until.set(sid, until);
    this.#forgetAfter(sid, until);
    if (known) return;
    for (const listener of this.#listeners) listener(sid);
  }

  has(sid: string | undefined): boolean {
    return sid !== undefined && this.#until.has(sid);
  }

  /** Calls the listener once for each session that ends from now on. */
  onEnd(listener: Listener): void {
    this.#listeners.push(listener);
  }

  #forgetAfter(sid: string, until: number): void {
    const ms = until * 1000 - Date.now();
    const forget = () => {
      if (this.#until.get(sid) !== until) return;
      if (ms > LONGEST_TIMER_MS) this.#forgetAfter(sid, until);
      else this.#until.delete(sid);
    };
    setTimeout(forget, Math.min(ms, LONGEST_TIMER_MS)).unref();
  }
}
