import type { HistoryChange } from './channel-history.ts';

const FRAME_MS = 16;

/**
 * Gathers the changes of one frame, so that a burst of events is drawn once. It uses a timer,
 * because a hidden page gets no animation frames.
 */
export class HistoryBatch {
  readonly #apply: (change: HistoryChange) => void;
  #gathered: HistoryChange[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(apply: (change: HistoryChange) => void) {
    this.#apply = apply;
  }

  /** Adds a change; changes are applied in order. */
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

  /** Applies what is gathered: the next reader of the channel begins after it. */
  close(): void {
    clearTimeout(this.#timer);
    this.#flush();
  }

  #flush(): void {
    const changes = this.#gathered;
    this.#gathered = [];
    this.#timer = undefined;
    for (const change of changes) this.#apply(change);
  }
}
