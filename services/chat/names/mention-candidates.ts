/** Most texts of one message that are looked up as names. */
const CANDIDATES_MAX = 20;
/** Characters of a name, and UTF-16 units of as many. */
const NAME_MAX = 64;
const UNITS_MAX = 2 * NAME_MAX;

/** An "@" at the beginning of a word, and not inside an e-mail address. */
const MARK = /(?<![\p{L}\p{M}\p{N}._%+@-])@(?=\S)/gu;
/** The end of a word, or of the characters before white space. */
const NAME_END = /(?<=[\p{L}\p{M}\p{N}])(?![\p{L}\p{M}\p{N}])|(?<=\S)(?=\s|$)/gu;

/**
 * The texts that may be names, for each "@" of a message, the shortest first. A name ends where a
 * word ends, on the same line. There are at most 20: the first word after each "@", then the first
 * two words, and so on.
 */
export function mentionCandidates(text: string): string[][] {
  if (!text.includes('@')) return [];
  const marks = text.matchAll(MARK).take(CANDIDATES_MAX).toArray();
  const all = marks.map(({ index }) => namesAt(text.slice(index + 1, index + 1 + UNITS_MAX)));
  const taken: string[][] = all.map(() => []);
  let left = CANDIDATES_MAX;
  for (let length = 0; left > 0 && all.some((names) => names.length > length); length++) {
    for (const [i, names] of all.entries()) {
      const name = names[length];
      if (name === undefined || left === 0) continue;
      taken[i]?.push(name);
      left--;
    }
  }
  return taken;
}

/** The beginnings of a text that may be names. */
function namesAt(text: string): string[] {
  const [line = ''] = text.split('\n', 1);
  return line
    .matchAll(NAME_END)
    .map(({ index }) => line.slice(0, index))
    .filter((name) => [...name].length <= NAME_MAX)
    .take(CANDIDATES_MAX)
    .toArray();
}
