/**
 * Checks the events of one reader: every seq from its first one, once, in order, with the text that
 * other readers saw.
 */
export class Span {
  /** What is wrong, at most 10 lines. */
  readonly findings: string[] = [];
  resets = 0;
  events = 0;
  readonly #name: string;
  readonly #contents: Map<number, string>;
  #epoch: string | undefined;
  #last = 0;

  /** All readers share `contents`: the text of each event as the first reader saw it. */
  constructor(name: string, contents: Map<number, string>) {
    this.#name = name;
    this.#contents = contents;
  }

  /** The seq of the newest event, or of the position where the span begins. */
  get last(): number {
    return this.#last;
  }

  /** The position to resume at; undefined before the span has begun. */
  get position(): string | undefined {
    return this.#epoch === undefined ? undefined : `${this.#epoch}:${this.#last}`;
  }

  /** Begins after a position. Does nothing when the span has begun. */
  begin(epoch: string, seq: number): void {
    if (this.#epoch !== undefined) return;
    this.#epoch = epoch;
    this.#last = seq;
  }

  /** Checks an event: the two parts of its id and its JSON text. */
  check(epoch: string, seq: number, text: string): void {
    this.begin(epoch, seq - 1);
    this.events++;
    if (epoch !== this.#epoch) this.#find(`event ${seq} is of epoch ${epoch}, not ${this.#epoch}`);
    if (seq !== this.#last + 1) this.#find(`event ${seq} came after ${this.#last}`);
    const known = this.#contents.get(seq);
    if (known === undefined) this.#contents.set(seq, text);
    else if (known !== text) this.#find(`event ${seq} is ${text}, others saw ${known}`);
    this.#last = Math.max(this.#last, seq);
  }

  /** Records a `reset` of the stream as a finding, since the log is never replaced. */
  reset(text: string): void {
    this.resets++;
    this.#find(`reset ${text}`);
  }

  #find(what: string): void {
    if (this.findings.length < 10) this.findings.push(`${this.#name}: ${what}`);
  }
}
