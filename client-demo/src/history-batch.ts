import type { HistoryChange } from './channel-history.ts';

const FRAME_MS = 16;

/**
 * Gathers what a stream brings within one frame, so that a burst of events is drawn once. A timer
 * and not an animation frame, since those do not come while the page is hidden.
 */
export class HistoryBatch {
  readonly #apply: (change: HistoryChange) => void;
  #gathered: HistoryChange[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(apply: (change: HistoryChange) => void) {
    this.#apply = apply;
  }

  /** Takes a change, to be applied in its turn. */
  add(change: HistoryChange): void {
    const last = this.#gathered.at(-1);
    if (last?.type === 'arrived' && change.type === 'arrived') {
      this.#gathered[this.#gathered.length - 1] = {
        type: 'arrived',
        events: [...last.events, ...change.events],
      };
    } else {
      this.#gathered.push(change);
    }
    this.#timer ??= setTimeout(() => this.#flush(), FRAME_MS);
  }

  /** Forgets what was not yet applied. */
  close(): void {
    clearTimeout(this.#timer);
    this.#gathered = [];
  }

  #flush(): void {
    const changes = this.#gathered;
    this.#gathered = [];
    this.#timer = undefined;
    for (const change of changes) this.#apply(change);
  }
}
