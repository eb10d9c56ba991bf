/** What the page needs of the browser's storage. */
export type TextStorage = Pick<Storage, 'getItem' | 'setItem'>;

/**
 * The storage that `open` returns, or, where the browser forbids it or it is full, a memory that
 * lasts as long as the page.
 */
export function openStorage(open: () => TextStorage): TextStorage {
  const memory = new Map<string, string>();
  return {
    getItem: (key) => memory.get(key) ?? attempt(() => open().getItem(key)) ?? null,
    setItem: (key, value) => {
      memory.set(key, value);
      attempt(() => open().setItem(key, value));
    },
  };
}

function attempt<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
