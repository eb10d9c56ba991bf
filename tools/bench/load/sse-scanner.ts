const LF = 10;
const CR = 13;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const LOWER_A = 97;
const LOWER_D = 100;
const LOWER_E = 101;
const LOWER_I = 105;
const TILDE = 126;

type Line = 'start' | 'id' | 'event' | 'data' | 'rest';

/**
 * Receives what SseScanner finds. Arguments are plain numbers, so that an event allocates nothing.
 */
export interface SseSink {
  /** `sentUs` and `ordinal` come from the stamp. Both are 0 when stamps are not read. */
  onEvent(seq: number, sentUs: number, ordinal: number): void;
  onReset(): void;
}

/**
 * Reads an event stream (WHATWG HTML, section 9.2.6) with the least work that counting needs. The
 * first letter identifies a field. `seq` is the number after the last colon of the id. The data is
 * read only for its stamp (stamp.ts). A frame without an id or without data is not an event. With
 * `framesLackIds`, a frame with a stamp is an event.
 */
export class SseScanner {
  readonly #sink: SseSink;
  readonly #readStamps: boolean;
  readonly #framesLackIds: boolean;
  #line: Line = 'start';
  #hasId = false;
  #hasData = false;
  #seq = 0;
  #eventLine = '';
  #tildes = 0;
  #sentUs = 0;
  #ordinal = 0;

  constructor(sink: SseSink, { readStamps = false, framesLackIds = false }) {
    this.#sink = sink;
    this.#readStamps = readStamps;
    this.#framesLackIds = framesLackIds;
  }

  /**
   * Reads the next bytes of the stream, from `start` to before `end`. A frame may be cut anywhere.
   */
  feed(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.#line === 'start') at = this.#startLine(bytes, at);
      else if (this.#line === 'id') at = this.#scanId(bytes, at, end);
      else if (this.#line === 'data' && this.#readStamps) at = this.#scanStamp(bytes, at, end);
      else if (this.#line === 'event') at = this.#scanEventName(bytes, at, end);
      else at = this.#skipLine(bytes, at, end);
    }
  }

  #startLine(bytes: Buffer, at: number): number {
    const first = bytes[at];
    if (first === LF) this.#dispatch();
    else if (first === LOWER_I) this.#line = 'id';
    else if (first === LOWER_D) this.#startData();
    else if (first === LOWER_E) this.#line = 'event';
    else if (first !== CR) this.#line = 'rest';
    return at + 1;
  }

  #startData(): void {
    this.#line = 'data';
    this.#hasData = true;
    this.#tildes = 0;
    this.#sentUs = 0;
    this.#ordinal = 0;
  }

  #scanId(bytes: Buffer, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? LF;
      if (byte >= ZERO && byte <= NINE) this.#seq = this.#seq * 10 + byte - ZERO;
      else if (byte === COLON) this.#seq = 0;
      else if (byte === LF) {
        this.#line = 'start';
        this.#hasId = true;
        return at + 1;
      }
    }
    return end;
  }

  #scanStamp(bytes: Buffer, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? LF;
      if (byte === LF) {
        this.#line = 'start';
        return at + 1;
      }
      if (byte === TILDE) {
        this.#tildes++;
        if (this.#tildes === 3) {
          this.#line = 'rest';
          return at + 1;
        }
      } else if (this.#tildes === 1) this.#sentUs = this.#sentUs * 36 + digit(byte);
      else if (this.#tildes === 2) this.#ordinal = this.#ordinal * 36 + digit(byte);
    }
    return end;
  }

  #scanEventName(bytes: Buffer, start: number, end: number): number {
    const next = this.#skipLine(bytes, start, end);
    this.#eventLine += bytes.toString('latin1', start, next);
    return next;
  }

  #skipLine(bytes: Buffer, start: number, end: number): number {
    const at = bytes.indexOf(LF, start);
    if (at === -1 || at >= end) return end;
    this.#line = 'start';
    return at + 1;
  }

  #dispatch(): void {
    const isEvent = this.#framesLackIds ? this.#tildes === 3 : this.#hasId;
    if (isEvent && this.#hasData) this.#sink.onEvent(this.#seq, this.#sentUs, this.#ordinal);
    else if (this.#eventLine !== '' && /: ?reset\s*$/.test(this.#eventLine)) this.#sink.onReset();
    this.#hasId = false;
    this.#hasData = false;
    this.#seq = 0;
    this.#eventLine = '';
  }
}

function digit(byte: number): number {
  return byte <= NINE ? byte - ZERO : byte - LOWER_A + 10;
}
