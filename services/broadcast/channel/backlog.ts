/**
 * Consecutive framed events of a channel, ready to be written; `last` is the seq of the last one.
 */
export interface Chunk {
  bytes: Buffer;
  last: number;
}

/** A frame that shares bytes with other frames, and whose bytes may change. */
export interface SharedFrame {
  readonly length: number;
  /** The current bytes of the frame. */
  pieces(): Buffer[];
  /** Called once the backlog has dropped the frame. */
  dropped(): void;
}

export type Frame = Buffer | SharedFrame;

/** Joins frames from index `from` on, up to about `maxBytes` (at least one frame). */
export function joinFrames(
  frames: readonly Frame[],
  from: number,
  maxBytes: number,
): { bytes: Buffer; count: number } {
  let bytes = 0;
  let to = from;
  while (to < frames.length && (to === from || bytes + (frames[to]?.length ?? 0) <= maxBytes)) {
    bytes += frames[to]?.length ?? 0;
    to++;
  }
  return { bytes: Buffer.concat(piecesOf(frames.slice(from, to)), bytes), count: to - from };
}

function lengthOf(frames: Frame[]): number {
  return frames.reduce((sum, frame) => sum + (Buffer.isBuffer(frame) ? frame.length : 0), 0);
}

function piecesOf(frames: Frame[]): Buffer[] {
  if (frames.every(Buffer.isBuffer)) return frames;
  return frames.flatMap((frame) => (Buffer.isBuffer(frame) ? frame : frame.pieces()));
}

/** One channel's newest events, framed, in seq order without holes, bounded by bytes. */
export class Backlog {
  readonly #maxBytes: number;
  readonly #count: (bytes: number) => void;
  #frames: Frame[] = [];
  #bytes = 0;
  #dropped = 0;
  #last: number;

  /**
   * `last` is the seq before the first event to be added; `count` is called with every change of
   * the bytes.
   */
  constructor(maxBytes: number, last: number, count: (bytes: number) => void = () => undefined) {
    this.#maxBytes = maxBytes;
    this.#count = count;
    this.#last = last;
  }

  /** The seq of the newest event here. */
  get last(): number {
    return this.#last;
  }

  /** The seq before the oldest event here. */
  get start(): number {
    return this.#last - (this.#frames.length - this.#dropped);
  }

  /** Adds the event that follows `last`. */
  add(frame: Frame): void {
    this.#frames.push(frame);
    this.#last++;
    this.grow(frame.length);
  }

  /** The frame of an event; undefined when the backlog does not have it. */
  frameOf(seq: number): Frame | undefined {
    return seq > this.start && seq <= this.#last ? this.#frames[this.#indexOf(seq)] : undefined;
  }

  /** Replaces the frame of an event; the caller has checked that the backlog has it. */
  replace(seq: number, frame: Frame): void {
    const index = this.#indexOf(seq);
    const before = this.#frames[index]?.length ?? 0;
    this.#frames[index] = frame;
    this.grow(frame.length - before);
  }

  /** Counts the bytes by which frames have grown, and drops the oldest frames beyond the limit. */
  grow(bytes: number): void {
    this.#bytes += bytes;
    this.#count(bytes);
    this.trim(this.#maxBytes);
  }

  /** Drops the oldest frames until at most `maxBytes` are left. */
  trim(maxBytes: number): void {
    const before = this.#bytes;
    while (this.#bytes > maxBytes) this.#dropOldest();
    if (this.#bytes < before) this.#count(this.#bytes - before);
  }

  /** Trims to `maxBytes`, and frees what the frames that are left share with those that were dropped. */
  shrink(maxBytes: number): void {
    this.trim(maxBytes);
    this.#frames = this.#frames.slice(this.#dropped);
    this.#dropped = 0;
    const own = Buffer.allocUnsafeSlow(lengthOf(this.#frames));
    let start = 0;
    this.#frames = this.#frames.map((frame) => {
      if (!Buffer.isBuffer(frame)) return frame;
      const end = start + frame.copy(own, start);
      const copy = own.subarray(start, end);
      start = end;
      return copy;
    });
  }

  /**
   * The events after `seq`, about `maxBytes` of them; `undefined` when there are none or some are
   * dropped.
   */
  after(seq: number, maxBytes: number): Chunk | undefined {
    const behind = this.#last - seq;
    if (behind <= 0 || seq < this.start) return undefined;
    const { bytes, count } = joinFrames(this.#frames, this.#frames.length - behind, maxBytes);
    return { bytes, last: seq + count };
  }

  #indexOf(seq: number): number {
    return this.#frames.length - 1 - (this.#last - seq);
  }

  #dropOldest(): void {
    const oldest = this.#frames[this.#dropped] ?? EMPTY;
    this.#bytes -= oldest.length;
    this.#frames[this.#dropped] = EMPTY;
    this.#dropped++;
    if (!Buffer.isBuffer(oldest)) oldest.dropped();
    if (this.#dropped * 2 < this.#frames.length) return;
    this.#frames = this.#frames.slice(this.#dropped);
    this.#dropped = 0;
  }
}

const EMPTY = Buffer.alloc(0);
