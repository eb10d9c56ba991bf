/** What the page uses of the browser's storage. */
export type TextStorage = Pick<Storage, 'getItem' | 'setItem'>;

/**
 * The storage that `open` returns. If the browser forbids it or it is full, the texts stay in
 * memory for as long as the page is open.
 */
export function openStorage(open: () => TextStorage): TextStorage {
  const memory = new Map<string, string>();
  return {
    getItem: (key) => memory.get(key) ?? attempt(() => open().getItem(key)) ?? null,
    setItem: (key, value) => {
      memory.set(key, value);
      attempt(() => {
        open().setItem(key, value);
        // From now on the value of another tab counts as well.
        memory.delete(key);
      });
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
