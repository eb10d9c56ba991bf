import type { Message } from '@parley/client';
import type { TextStorage } from '../browser-storage.ts';
import type { ListedChannel } from './channel-entry.ts';

const STORAGE_KEY = 'parley.unread';
/** Counts of more channels than this are forgotten, the oldest first. */
const MOST_CHANNELS = 1000;

/** What the visitor has read of a log, and what not. */
export interface ReadState {
  epoch: string;
  /** The newest event that is counted. */
  seq: number;
  /** The last event that was read; 0 when none was. */
  read: number;
  unread: number;
  /** The unread messages that mention the account. */
  mentioned: number;
}

/** The end of a log that the reader sees. */
export interface SeenEnd {
  epoch: string;
  /** The newest event. */
  seq: number;
  /** The newest message. */
  message: number;
}

/**
 * What the visitor has read of each channel. The counts of an account are the server's, and live
 * messages are added. Those of a guest are made here: they outlive the tab and are the same in all tabs.
 * Each tab counts for itself and merges what the others store: of two counts of a channel, that of the
 * newer message holds, and of the same message the lower one, because the reader was there.
 */
export class UnreadCounts {
  /** Undefined for an account. */
  readonly #storage: TextStorage | undefined;
  #counts = new Map<string, ReadState>();
  /** False while the other tabs do not have the present counts. */
  #isStored = true;

  constructor(storage: TextStorage | undefined) {
    this.#storage = storage;
    if (storage) this.#counts = parse(storage.getItem(STORAGE_KEY));
  }

  /** True when the counts are those of an account. */
  get isOfAccount(): boolean {
    return this.#storage === undefined;
  }

  of(channel: string): ReadState | undefined {
    return this.#counts.get(channel);
  }

  /** Counts a message, unless it is counted already. */
  receive({ channel, epoch, seq }: Message, { isOwn = false, isMention = false }): void {
    const known = this.#in(channel, epoch);
    if (seq <= known.seq) return;
    const isNew = !isOwn && seq > known.read;
    this.#set(channel, {
      ...known,
      seq,
      unread: known.unread + Number(isNew),
      mentioned: known.mentioned + Number(isNew && isMention),
    });
  }

  /** The reader sees the end of a channel; false: it is read already. */
  seeEnd(channel: string, { epoch, seq, message }: SeenEnd): boolean {
    const known = this.#in(channel, epoch);
    if (known.unread === 0 && message <= known.read) return false;
    this.#read(channel, known, seq);
    return true;
  }

  /** A channel has another name. */
  move(channel: string, to: string): void {
    const known = this.#counts.get(channel);
    if (!known) return;
    this.#counts.delete(channel);
    if (this.#counts.get(to)?.epoch !== known.epoch) this.#set(to, known);
  }

  /** The account has read a channel, here or on another device; false: the rest must be counted again. */
  read(channel: string, seq: number): boolean {
    const known = this.#counts.get(channel);
    if (!known || seq <= known.read) return true;
    this.#read(channel, known, seq);
    return this.of(channel)?.unread === 0;
  }

  /** What the server has counted for the account; a mark of the page may be on its way. */
  list({ channel, epoch, head, read = 0, unread = 0, mentioned = 0 }: ListedChannel): void {
    const known = Math.max(read, this.#in(channel, epoch).read);
    const left = Math.max(0, head - known);
    this.#set(channel, {
      epoch,
      seq: head,
      read: known,
      unread: Math.min(unread, left),
      mentioned: Math.min(mentioned, left),
    });
  }

  /** Forgets all counts, also those that are stored. */
  forget(storage: TextStorage): void {
    this.#counts.clear();
    storage.setItem(STORAGE_KEY, '{}');
  }

  /** Merges what another tab has stored; false when it is about something else. */
  adopt({ key, newValue }: { key: string | null; newValue: string | null }): boolean {
    if (key !== STORAGE_KEY || this.isOfAccount) return false;
    const stored = parse(newValue);
    if (stored.size === 0) this.#counts.clear();
    for (const [channel, other] of stored) {
      const known = this.#counts.get(channel);
      if (known && isNewer(known, other)) this.#isStored = false;
      const newer = known && !isNewer(other, known) ? known : other;
      const read = known?.epoch === other.epoch ? Math.max(known.read, other.read) : newer.read;
      this.#keep(channel, { ...newer, read });
    }
    return true;
  }

  /** Stores a guest's counts for the other tabs, if they have changed. */
  store(): void {
    if (this.#isStored) return;
    this.#isStored = true;
    this.#storage?.setItem(STORAGE_KEY, JSON.stringify(Object.fromEntries(this.#counts)));
  }

  #in(channel: string, epoch: string): ReadState {
    const known = this.#counts.get(channel);
    return known?.epoch === epoch ? known : { epoch, seq: 0, read: 0, unread: 0, mentioned: 0 };
  }

  #read(channel: string, known: ReadState, seq: number): void {
    const left = Math.max(0, known.seq - seq);
    this.#set(channel, {
      ...known,
      seq: Math.max(known.seq, seq),
      read: Math.max(known.read, seq),
      unread: Math.min(known.unread, left),
      mentioned: Math.min(known.mentioned, left),
    });
  }

  #set(channel: string, state: ReadState): void {
    this.#isStored = false;
    this.#keep(channel, state);
  }

  #keep(channel: string, state: ReadState): void {
    this.#counts.delete(channel);
    this.#counts.set(channel, state);
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= MOST_CHANNELS) break;
      this.#counts.delete(oldest);
    }
  }
}

function isNewer(one: ReadState, other: ReadState): boolean {
  if (one.epoch !== other.epoch || one.seq > other.seq) return true;
  return one.seq === other.seq && one.unread < other.unread;
}

function parse(text: string | null): Map<string, ReadState> {
  try {
    const stored = Object.entries(JSON.parse(text ?? '{}') as Record<string, ReadState>);
    return new Map(
      stored
        .filter(([, { seq, unread }]) => seq > 0 && unread >= 0)
        .map(([channel, state]) => [channel, { ...state, read: state.read ?? 0, mentioned: 0 }]),
    );
  } catch {
    return new Map();
  }
}
