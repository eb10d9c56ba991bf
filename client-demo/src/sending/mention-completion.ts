/** An unfinished mention: where its `@` is, and what is typed after it. */
export interface OpenMention {
  at: number;
  typed: string;
}

/** As the server does: before the `@` is nothing that an e-mail address has. */
const OPEN = /(?<![\p{L}\p{N}._%+@-])@([^\s@]{0,64})$/u;
/** A longer line is not looked at. */
const LOOKED_AT = 80;
/** Most names that are offered. */
const OFFERED = 6;

const folded = (name: string) => name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** The mention that is being typed before the caret. */
export function openMention(text: string, caret: number): OpenMention | undefined {
  const from = Math.max(0, caret - LOOKED_AT);
  const found = OPEN.exec(text.slice(from, caret));
  return found ? { at: from + found.index, typed: found[1] ?? '' } : undefined;
}

/** The names that begin with what is typed, in their order, each once. */
export function matchingNames(names: Iterable<string>, typed: string): string[] {
  const wanted = folded(typed);
  const matching = new Set<string>();
  for (const name of names) {
    if (folded(name).startsWith(wanted)) matching.add(name);
    if (matching.size === OFFERED) break;
  }
  return [...matching];
}

/** The text with the whole mention, and where the caret is then. */
export function completed(text: string, { at, typed }: OpenMention, name: string) {
  const before = `${text.slice(0, at)}@${name} `;
  return {
    text: before + text.slice(at + 1 + typed.length).replace(/^ /, ''),
    caret: before.length,
  };
}
