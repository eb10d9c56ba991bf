/** Marks within this time after the first are sent together. */
const PAUSE_MS = 2_000;

/**
 * Sends what an account has read: the first mark at once, later ones at most every 2 s. A mark that
 * fails is sent with the next one, or by `flush`.
 */
export class ReadMarks {
  readonly #send: (channel: string, seq: number) => Promise<unknown>;
  readonly #waiting = new Map<string, number>();
  #isNew = false;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(send: (channel: string, seq: number) => Promise<unknown>) {
    this.#send = send;
  }

  set(channel: string, seq: number): void {
    this.#waiting.set(channel, seq);
    this.#isNew = true;
    if (this.#pause === undefined) this.flush();
  }

  /** Sends the marks that wait. */
  flush(): void {
    this.#isNew = false;
    const marks = [...this.#waiting];
    this.#waiting.clear();
    for (const [channel, seq] of marks) {
      this.#send(channel, seq).catch(({ isPassing }) => {
        if (isPassing && !this.#waiting.has(channel)) this.#waiting.set(channel, seq);
      });
    }
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      if (this.#isNew) this.flush();
    }, PAUSE_MS);
  }

  /** Forgets the marks that wait: they are of another account. */
  close(): void {
    this.#waiting.clear();
    this.#isNew = false;
  }
}
