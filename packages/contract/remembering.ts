/** Longer texts are not remembered, so that all that is remembered is small. */
const LENGTH_MAX = 128;
const TEXTS_MAX = 1_000;

/**
 * The same function, which remembers its results for the texts that it got: for work on names, which
 * come again and again. It forgets all after 1,000 texts. Nothing is remembered when `make` throws.
 */
export function remembering<T>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    if (text.length > LENGTH_MAX) return make(text);
    // V8 keeps a part of a text, such as an address, together with the whole text.
    const own = structuredClone(text);
    const made = make(own);
    if (known.size >= TEXTS_MAX) known.clear();
    known.set(own, made);
    return made;
  };
}
