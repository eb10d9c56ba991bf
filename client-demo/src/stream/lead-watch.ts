/** How long a leader tab may be silent, and how long it may take to answer, in milliseconds. */
export interface LeadPatience {
  silenceMs: number;
  answerMs: number;
}

/** What to do about a silent leader tab: first ask it, then take the lead. */
export interface LeadWatchActions {
  ask(): void;
  take(): void;
}

/**
 * Watches the leader tab: asks it for an answer after a long silence. A leader that does not answer
 * is frozen, or the browser has lost it. End it with `stop()`.
 */
export class LeadWatch {
  readonly #patience: LeadPatience;
  readonly #actions: LeadWatchActions;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(patience: LeadPatience, actions: LeadWatchActions) {
    this.#patience = patience;
    this.#actions = actions;
  }

  /** A sign of life of the leader tab. */
  alive(): void {
    this.stop();
    this.#timer = setTimeout(() => this.ask(), this.#patience.silenceMs);
  }

  /** Asks the leader tab for an answer within `answerMs`. */
  ask(answerMs = this.#patience.answerMs): void {
    this.stop();
    this.#actions.ask();
    const jitterMs = this.#patience.answerMs * 0.2 * Math.random();
    this.#timer = setTimeout(() => {
      this.alive();
      this.#actions.take();
    }, answerMs + jitterMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
