import type { PresenceChange } from '@parley/contract/channels/presence.ts';
import type { Reset } from '@parley/contract/streams/sse.ts';
import type { Framing } from '../framing/framing.ts';

/** What reads a channel: a connection, or the canary inside this process. */
export interface Reader {
  readonly framing: Framing;
  write(bytes: Buffer): boolean;
  /** Writes bytes that may be lost; false when the reader is behind and does not get them. */
  offer(bytes: Buffer): boolean;
  /** True when it has the right to read a channel of that name; absent: it has none. */
  mayRead?(channel: string): boolean;
}

/** What passes a channel on to readers of several channels. Frames are Server-Sent Events. */
export interface ReaderGroup {
  readonly size: number;
  events(frames: Buffer): void;
  signals(frames: Buffer, count: number): void;
  presence(change: PresenceChange): void;
  reset(reset: Reset): void;
}

/**
 * A channel's live readers by framing, so that events are framed once for each framing, and the
 * groups that pass them on.
 */
export class Readers {
  readonly #byFraming = new Map<Framing, Set<Reader>>();
  readonly #groups = new Set<ReaderGroup>();

  /** The number of readers, without those of groups. */
  get size(): number {
    let size = 0;
    for (const readers of this.#byFraming.values()) size += readers.size;
    return size;
  }

  /** The number of all readers, with those of groups. */
  get all(): number {
    let all = this.size;
    for (const { size } of this.#groups) all += size;
    return all;
  }

  /** True when there is neither a reader nor a group. */
  get isEmpty(): boolean {
    return this.#groups.size === 0 && this.size === 0;
  }

  add(reader: Reader): void {
    const { framing } = reader;
    const alike = this.#byFraming.get(framing);
    if (alike) alike.add(reader);
    else this.#byFraming.set(framing, new Set([reader]));
  }

  delete(reader: Reader): void {
    this.#byFraming.get(reader.framing)?.delete(reader);
  }

  addGroup(group: ReaderGroup): void {
    this.#groups.add(group);
  }

  deleteGroup(group: ReaderGroup): void {
    this.#groups.delete(group);
  }

  clear(): void {
    this.#byFraming.clear();
    this.#groups.clear();
  }

  events(frames: Buffer): void {
    this.write((framing) => framing.events(frames));
    for (const group of this.#groups) group.events(frames);
  }

  presence(change: PresenceChange): void {
    this.write((framing) => framing.presence(change));
    for (const group of this.#groups) group.presence(change);
  }

  /** Resets the readers; with `renamed` those that may read the new name, without those of groups. */
  reset(reset: Reset, renamed?: Reset): void {
    this.#each(
      (framing) => framing.reset(reset),
      (reader, bytes) => {
        const follows = renamed?.to !== undefined && reader.mayRead?.(renamed.to);
        reader.write(follows ? reader.framing.reset(renamed) : bytes);
      },
    );
    for (const group of this.#groups) group.reset(reset);
  }

  /** Offers `count` signals. Returns the number of readers, without those of groups, that get them. */
  signals(frames: Buffer, count: number): number {
    for (const group of this.#groups) group.signals(frames, count);
    return this.offer((framing) => framing.events(frames));
  }

  /** Offers bytes to the readers. Returns the number of readers that get them. */
  offer(encode: (framing: Framing) => Buffer): number {
    let got = 0;
    this.#each(encode, (reader, bytes) => {
      got += Number(reader.offer(bytes));
    });
    return got;
  }

  /** Writes to the readers; encodes once for each framing. */
  write(encode: (framing: Framing) => Buffer): void {
    this.#each(encode, (reader, bytes) => void reader.write(bytes));
  }

  #each(encode: (framing: Framing) => Buffer, give: (reader: Reader, bytes: Buffer) => void): void {
    for (const [framing, readers] of this.#byFraming) {
      if (readers.size === 0) continue;
      const bytes = encode(framing);
      for (const reader of readers) give(reader, bytes);
    }
  }
}
