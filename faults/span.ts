/** What one reader saw, judged as it comes: every seq from its first on, once, in order, the same as others saw. */
export class Span {
  /** Findings, the first few. */
  readonly faults: string[] = [];
  resets = 0;
  events = 0;
  readonly #name: string;
  readonly #contents: Map<number, string>;
  #epoch: string | undefined;
  #last = 0;

  /** `contents` is shared by all readers: the text of each event as the first of them saw it. */
  constructor(name: string, contents: Map<number, string>) {
    this.#name = name;
    this.#contents = contents;
  }

  /** The seq of the newest event seen, or where the span begins. */
  get last(): number {
    return this.#last;
  }

  /** The position to resume at; undefined before the span has begun. */
  get position(): string | undefined {
    return this.#epoch === undefined ? undefined : `${this.#epoch}:${this.#last}`;
  }

  /** Begins after a position, unless it has begun. */
  begin(epoch: string, seq: number): void {
    if (this.#epoch !== undefined) return;
    this.#epoch = epoch;
    this.#last = seq;
  }

  /** Takes an event as it came: its id in two parts and its JSON text. */
  take(epoch: string, seq: number, text: string): void {
    this.begin(epoch, seq - 1);
    this.events++;
    if (epoch !== this.#epoch) this.#find(`event ${seq} is of epoch ${epoch}, not ${this.#epoch}`);
    if (seq !== this.#last + 1) this.#find(`event ${seq} came after ${this.#last}`);
    const known = this.#contents.get(seq);
    if (known === undefined) this.#contents.set(seq, text);
    else if (known !== text) this.#find(`event ${seq} is ${text}, others saw ${known}`);
    this.#last = Math.max(this.#last, seq);
  }

  /** Notes that the stream said `reset`: its log was never replaced. */
  reset(text: string): void {
    this.resets++;
    this.#find(`reset ${text}`);
  }

  #find(what: string): void {
    if (this.faults.length < 10) this.faults.push(`${this.#name}: ${what}`);
  }
}
