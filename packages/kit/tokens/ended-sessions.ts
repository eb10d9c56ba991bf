/** `setTimeout` holds no more. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

type Listener = (sid: string) => void;

/**
 * Sessions that have ended while tokens of theirs may still be about. Each is forgotten when the last
 * of those tokens has expired.
 */
export class EndedSessions {
  readonly #until = new Map<string, number>();
  readonly #listeners: Listener[] = [];

  /** `until` is the Unix second after which no token of the session is left. Told twice, it is heard once. */
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

  /** Calls back once for each session that ends from now on. */
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
