import type { Message } from '@parley/client';
import type { TextStorage } from '../browser-storage.ts';

const STORAGE_KEY = 'parley.unread';
/** Counts of more channels than this are forgotten, the oldest first. */
const MOST_CHANNELS = 500;

/** The number of unread messages up to the message `seq` of a log. */
interface Count {
  epoch: string;
  seq: number;
  unread: number;
}

/**
 * The unread messages of each channel, which outlive the tab and are the same in all tabs. Each tab
 * counts for itself and merges what the others store: of two counts of a channel, that of the newer
 * message holds, and of the same message the lower one, because the reader was there.
 */
export class UnreadCounts {
  readonly #storage: TextStorage;
  #counts: Map<string, Count>;
  /** False while the other tabs do not have the present counts. */
  #isStored = true;

  constructor(storage: TextStorage) {
    this.#storage = storage;
    this.#counts = parse(storage.getItem(STORAGE_KEY));
  }

  of(channel: string): number {
    return this.#counts.get(channel)?.unread ?? 0;
  }

  /** Counts a message: an `unread` one, one that is `read` as are those before it, or an `own` one. */
  receive({ channel, epoch, seq }: Message, as: 'unread' | 'read' | 'own'): void {
    const known = this.#counts.get(channel);
    const isSameLog = known?.epoch === epoch;
    if (isSameLog && seq <= known.seq) return;
    const before = as === 'read' || !isSameLog ? 0 : known.unread;
    this.#isStored = false;
    this.#set(channel, { epoch, seq, unread: as === 'unread' ? before + 1 : before });
  }

  /** False: there was none. */
  clear(channel: string): boolean {
    const known = this.#counts.get(channel);
    if (!known || known.unread === 0) return false;
    this.#isStored = false;
    this.#set(channel, { ...known, unread: 0 });
    return true;
  }

  clearAll(): void {
    this.#counts.clear();
    this.#isStored = false;
    this.store();
  }

  /** Merges what another tab has stored; false when it is about something else. */
  adopt({ key, newValue }: { key: string | null; newValue: string | null }): boolean {
    if (key !== STORAGE_KEY) return false;
    const stored = parse(newValue);
    if (stored.size === 0) this.#counts.clear();
    for (const [channel, other] of stored) {
      const known = this.#counts.get(channel);
      if (!known || isNewer(other, known)) this.#set(channel, other);
      else if (isNewer(known, other)) this.#isStored = false;
    }
    return true;
  }

  /** Stores the counts for the other tabs, if they have changed. */
  store(): void {
    if (this.#isStored) return;
    this.#isStored = true;
    this.#storage.setItem(STORAGE_KEY, JSON.stringify(Object.fromEntries(this.#counts)));
  }

  #set(channel: string, count: Count): void {
    this.#counts.delete(channel);
    this.#counts.set(channel, count);
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= MOST_CHANNELS) break;
      this.#counts.delete(oldest);
    }
  }
}

function isNewer(one: Count, other: Count): boolean {
  if (one.epoch !== other.epoch || one.seq > other.seq) return true;
  return one.seq === other.seq && one.unread < other.unread;
}

function parse(text: string | null): Map<string, Count> {
  try {
    const stored = Object.entries(JSON.parse(text ?? '{}') as Record<string, Count>);
    return new Map(stored.filter(([, { seq, unread }]) => seq > 0 && unread >= 0));
  } catch {
    return new Map();
  }
}
