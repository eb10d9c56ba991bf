import type { EventsPage } from '@parley/contract/events/events-page.ts';
import type { Position } from '@parley/contract/events/position.ts';
import { type Chunk, joinFrames } from './backlog.ts';
import { encodeFrames } from './encode-frames.ts';
import type { EventLog } from './event-log.ts';

/**
 * Pages begin at multiples of this, so that readers at different positions ask for the same pages.
 */
const PAGE_EVENTS = 500;
const KEPT_BYTES = 16 * 1_048_576;

interface FramedPage {
  channel: string;
  epoch: string | null;
  frames: Buffer[];
  /**
   * Seqs of the first and last frame. `first` is above the seq asked for when older events are no
   * longer kept.
   */
  first: number;
  last: number;
  bytes: number;
  /** The log had no more events; it may have now. */
  mayGrow: boolean;
}

/**
 * The log in framed pages, for readers further behind than the backlog reaches. Readers that need a
 * page at the same time share one query, and pages that cannot grow are kept for a while, within a
 * limit of bytes. Only pages of live channels are kept: a live channel receives edits and deletes, and calls
 * `forget` for texts that must no longer be shown.
 */
export class LogPages {
  readonly #log: EventLog;
  readonly #isLive: (channel: string) => boolean;
  readonly #asked = new Map<string, Promise<FramedPage>>();
  readonly #kept = new Map<string, FramedPage>();
  #keptBytes = 0;

  constructor(log: EventLog, isLive: (channel: string) => boolean) {
    this.#log = log;
    this.#isLive = isLive;
  }

  /** Bytes of the pages that are kept. */
  get bytes(): number {
    return this.#keptBytes;
  }

  /**
   * The events after a position and up to seq `upTo`, about `maxBytes` of them. `undefined` when
   * the log no longer has them or has another epoch. Rejects when the log cannot be read.
   */
  async after(
    channel: string,
    { epoch, seq }: Position,
    limits: { maxBytes: number; upTo: number },
  ): Promise<Chunk | undefined> {
    const start = Math.floor(seq / PAGE_EVENTS) * PAGE_EVENTS;
    let page = this.#keptWith(channel, { epoch, seq }) ?? (await this.#page(channel, epoch, start));
    // A page may end early: an earlier query came before the event, or its events are long.
    if (page.epoch === epoch && page.last <= seq) page = await this.#page(channel, epoch, seq);
    return page.epoch === epoch ? cut(page, seq, limits) : undefined;
  }

  /**
   * Drops a channel's pages with event `seq` or later ones, and does not keep pages that are being
   * read: a text in them must no longer be shown.
   */
  forget(channel: string, seq = 0): void {
    for (const key of this.#asked.keys()) {
      if (key.startsWith(`${channel} `)) this.#asked.delete(key);
    }
    for (const [key, page] of this.#kept) {
      if (page.channel === channel && page.last >= seq) this.#drop(key, page.bytes);
    }
  }

  /**
   * A kept page with the event after a position. Pages of long events end early, so the next one begins
   * where a reader was.
   */
  #keptWith(channel: string, { epoch, seq }: Position): FramedPage | undefined {
    return this.#kept
      .values()
      .find(
        (page) =>
          page.channel === channel &&
          page.epoch === epoch &&
          page.first <= seq + 1 &&
          seq < page.last,
      );
  }

  async #page(channel: string, epoch: string, start: number): Promise<FramedPage> {
    const key = `${channel} ${epoch} ${start}`;
    return this.#kept.get(key) ?? this.#ask(key, channel, start);
  }

  async #ask(key: string, channel: string, start: number): Promise<FramedPage> {
    if (!this.#isLive(channel)) return this.#fetch(channel, start);
    const asked = this.#asked.get(key) ?? this.#fetch(channel, start);
    this.#asked.set(key, asked);
    try {
      const page = await asked;
      if (!page.mayGrow && this.#asked.get(key) === asked) this.#keep(key, page);
      return page;
    } finally {
      if (this.#asked.get(key) === asked) this.#asked.delete(key);
    }
  }

  async #fetch(channel: string, start: number): Promise<FramedPage> {
    return frame(await this.#log.after(channel, start, PAGE_EVENTS));
  }

  /** Keeps a page, and drops the oldest ones to make space. */
  #keep(key: string, page: FramedPage): void {
    if (this.#kept.has(key)) return;
    this.#kept.set(key, page);
    this.#keptBytes += page.bytes;
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#keptBytes <= KEPT_BYTES) return;
      this.#drop(oldest, bytes);
    }
  }

  #drop(key: string, bytes: number): void {
    this.#kept.delete(key);
    this.#keptBytes -= bytes;
  }
}

function cut(
  { frames, first, last }: FramedPage,
  seq: number,
  { maxBytes, upTo }: { maxBytes: number; upTo: number },
): Chunk | undefined {
  if (seq + 1 < first || seq >= last) return undefined;
  const wanted = frames.slice(seq + 1 - first, upTo + 1 - first);
  const { bytes, count } = joinFrames(wanted, 0, maxBytes);
  return { bytes, last: seq + count };
}

function frame({ channel, epoch, events, next }: EventsPage): FramedPage {
  const frames: Buffer[] = [];
  const { length: bytes } = encodeFrames(events, (frame) => frames.push(frame));
  const [first, last] = [events[0]?.seq ?? 0, events.at(-1)?.seq ?? 0];
  const mayGrow = next === null && events.length < PAGE_EVENTS;
  return { channel, epoch, frames, first, last, bytes, mayGrow };
}
