/** How long a leader may be silent, and how long it has for an answer when asked, in milliseconds. */
export interface LeadPatience {
  silenceMs: number;
  answerMs: number;
}

/** What is done when the leader has been silent: it is asked, and then another takes its place. */
export interface LeadWatchActions {
  ask(): void;
  take(): void;
}

/**
 * Watches a tab that leads: one that is silent for long is asked whether it is there, and one that
 * does not answer is frozen, or its browser lost it. End it with `stop()`.
 */
export class LeadWatch {
  readonly #patience: LeadPatience;
  readonly #actions: LeadWatchActions;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(patience: LeadPatience, actions: LeadWatchActions) {
    this.#patience = patience;
    this.#actions = actions;
  }

  /** The leader is there. */
  heard(): void {
    this.stop();
    this.#timer = setTimeout(() => this.ask(), this.#patience.silenceMs);
  }

  /** Asks for the leader, which has so long for its answer. */
  ask(answerMs = this.#patience.answerMs): void {
    this.stop();
    this.#actions.ask();
    const jitterMs = this.#patience.answerMs * 0.2 * Math.random();
    this.#timer = setTimeout(() => {
      this.heard();
      this.#actions.take();
    }, answerMs + jitterMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
