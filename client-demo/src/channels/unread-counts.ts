import type { TextStorage } from '../browser-storage.ts';

const STORAGE_KEY = 'parley.unread';
/** Counts of more channels than this are forgotten, the oldest first. */
const MOST_CHANNELS = 500;

/** The unread messages of each channel, which outlive the tab and are the same in all tabs. */
export class UnreadCounts {
  readonly #storage: TextStorage;
  #counts: Map<string, number>;

  constructor(storage: TextStorage) {
    this.#storage = storage;
    this.#counts = parse(storage.getItem(STORAGE_KEY));
  }

  of(channel: string): number {
    return this.#counts.get(channel) ?? 0;
  }

  add(channel: string): void {
    this.#counts.set(channel, this.of(channel) + 1);
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= MOST_CHANNELS) break;
      this.#counts.delete(oldest);
    }
    this.#store();
  }

  /** False: there was none. */
  clear(channel: string): boolean {
    const had = this.#counts.delete(channel);
    if (had) this.#store();
    return had;
  }

  clearAll(): void {
    this.#counts.clear();
    this.#store();
  }

  /** Takes over what another tab has stored; false when it is about something else. */
  adopt({ key, newValue }: { key: string | null; newValue: string | null }): boolean {
    if (key !== STORAGE_KEY) return false;
    this.#counts = parse(newValue);
    return true;
  }

  #store(): void {
    this.#storage.setItem(STORAGE_KEY, JSON.stringify(Object.fromEntries(this.#counts)));
  }
}

function parse(text: string | null): Map<string, number> {
  try {
    const stored = Object.entries(JSON.parse(text ?? '{}') as Record<string, unknown>);
    return new Map(
      stored.flatMap(([name, count]) => (Number(count) > 0 ? [[name, Number(count)]] : [])),
    );
  } catch {
    return new Map();
  }
}
