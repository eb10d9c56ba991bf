import type { TextStorage } from '../browser-storage.ts';

const STORAGE_KEY = 'parley.settings';

/** What the reader has chosen for this browser. */
export interface PageChoices {
  /** Links, `code`, **bold**, *italic* and lists are shown as such. */
  formatting: boolean;
  /** Desktop notifications; the browser must allow them as well. */
  notifications: boolean;
  /** Only of mentions and direct messages. */
  onlyMeant: boolean;
  /** A notification is heard. */
  sound: boolean;
}

const DEFAULTS: PageChoices = {
  formatting: true,
  notifications: false,
  onlyMeant: false,
  sound: true,
};

/** The reader's choices, kept in the browser, the same in all tabs. */
export class PageSettings {
  readonly #storage: TextStorage;
  readonly #listeners = new Set<() => void>();
  #choices: PageChoices;

  constructor(storage: TextStorage) {
    this.#storage = storage;
    this.#choices = parse(storage.getItem(STORAGE_KEY));
    globalThis.addEventListener?.('storage', ({ key, newValue }) => {
      if (key === STORAGE_KEY) this.#publish(parse(newValue));
    });
  }

  /** A new object after each change. */
  readonly snapshot = (): PageChoices => this.#choices;

  /** Calls the listener after each change; returns a function that unsubscribes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  choose(choices: Partial<PageChoices>): void {
    this.#publish({ ...this.#choices, ...choices });
    this.#storage.setItem(STORAGE_KEY, JSON.stringify(this.#choices));
  }

  #publish(choices: PageChoices): void {
    this.#choices = choices;
    for (const listener of this.#listeners) listener();
  }
}

/** Choices of a later or an earlier page: what is missing or of another type has its default. */
function parse(text: string | null): PageChoices {
  try {
    const stored = JSON.parse(text ?? '{}') as Record<string, unknown>;
    const known = Object.entries(DEFAULTS).map(([key, value]) => [
      key,
      typeof stored[key] === typeof value ? stored[key] : value,
    ]);
    return Object.fromEntries(known) as PageChoices;
  } catch {
    return DEFAULTS;
  }
}
