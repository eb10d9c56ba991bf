/** A word of a text, and where it is, in UTF-16 code units of the text. */
export interface Token {
  /** Folded: without case, accents and compatibility forms. At most WORD_MAX UTF-16 code units. */
  word: string;
  start: number;
  end: number;
  /**
   * Where the first character ends, for a word of a script without spaces: there a word is two
   * characters that follow each other, or the last character of a run.
   */
  firstEnd?: number;
}

type Kind = 'dense' | 'word' | 'emoji' | 'other';

/** A character of a folded text. */
interface Folded {
  text: string;
  kind: Kind;
}

/** A character of a folded text, and where it is in the text itself. */
interface Character extends Folded {
  start: number;
  end: number;
}

/** Longer words are cut: what two long words have in common here is enough to find them. */
const WORD_MAX = 64;
const ASCII = /^[\0-\x7f]*$/;
const ASCII_WORD = /[a-z0-9]+/g;
const CUT_WORD = new RegExp(`[A-Za-z0-9]{${WORD_MAX + 1}}`);
/** A character with its marks, or the parts of a Hangul syllable. */
const CLUSTER =
  /[\u1100-\u115f][\u1160-\u11a7][\u11a8-\u11ff]?|\P{M}[\p{M}\uff9e\uff9f]*|[\p{M}\uff9e\uff9f]+/gu;
/**
 * Accents. The marks of Indic and South-East Asian scripts are vowels and tones, and U+3099 and
 * U+309A make other letters of kana: they stay. Zero-width characters (without U+200B, which
 * separates words) go.
 */
const IGNORED =
  /[[[\p{M}&&[\p{sc=Zinh}\p{sc=Latn}\p{sc=Grek}\p{sc=Cyrl}\p{sc=Hebr}\p{sc=Arab}]]\p{Default_Ignorable_Code_Point}]--[\u3099\u309a\u200b]]/gv;
const IN_WORD = /[\p{L}\p{N}\p{M}]/u;
/** Scripts that are written without spaces between words. */
const DENSE =
  /[[\p{scx=Hani}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]&&[\p{L}\p{N}\p{M}]]/v;
const EMOJI = /\p{Extended_Pictographic}/u;
/** Letters that have no decomposition in Unicode, as they are commonly written without accents. */
const PLAIN = new Map(Object.entries({ ø: 'o', ł: 'l', đ: 'd', ð: 'd', ħ: 'h', æ: 'ae', œ: 'oe' }));

/** The words of a text, in order. */
export function tokenize(text: string): Token[] {
  if (!ASCII.test(text)) return tokensOf(charactersOf(text));
  return [...text.toLowerCase().matchAll(ASCII_WORD)].map(({ 0: word, index }) => ({
    word: cut(word),
    start: index,
    end: index + word.length,
  }));
}

/** The words of a text without their places, in order. */
export function wordsOf(text: string): string[] {
  if (ASCII.test(text)) return text.toLowerCase().match(ASCII_WORD)?.map(cut) ?? [];
  return tokenize(text).map(({ word }) => word);
}

/** True for a text whose words are its runs of ASCII letters and digits, in lower case and whole. */
export function hasPlainWords(text: string): boolean {
  return ASCII.test(text) && !CUT_WORD.test(text);
}

/**
 * A text without case, accents, compatibility forms and invisible characters. (Upper case first, so
 * that ß and SS are the same.)
 */
export function foldText(text: string): string {
  const decomposed = text.normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKD');
  const plain = decomposed.replaceAll(IGNORED, '').normalize('NFC');
  return PLAIN.get(plain) ?? plain;
}

/** True for a word of a script without spaces. */
export function isDense(word: string): boolean {
  return DENSE.test(word);
}

/** Characters as they were folded before, because folding takes microseconds. */
const known = new Map<string, Folded[]>();
const KNOWN_MAX = 10_000;

function foldedOf(cluster: string): Folded[] {
  const before = known.get(cluster);
  if (before) return before;
  const folded = [...foldText(cluster)].map((text) => ({ text, kind: kindOf(text) }));
  if (known.size === KNOWN_MAX) known.clear();
  known.set(cluster, folded);
  return folded;
}

function kindOf(text: string): Kind {
  if (DENSE.test(text)) return 'dense';
  if (IN_WORD.test(text)) return 'word';
  return EMOJI.test(text) ? 'emoji' : 'other';
}

function* charactersOf(text: string): Generator<Character> {
  for (const { 0: cluster, index } of text.matchAll(CLUSTER)) {
    const place = { start: index, end: index + cluster.length };
    for (const folded of foldedOf(cluster)) yield { ...folded, ...place };
  }
}

function tokensOf(characters: Iterable<Character>): Token[] {
  const tokens: Token[] = [];
  let word: Character[] = [];
  let run: Character[] = [];
  const endWord = () => {
    if (word.length > 0) tokens.push(join(word));
    word = [];
  };
  const endRun = () => {
    run.forEach((character, at) => {
      const pair = run.slice(at, at + 2);
      tokens.push({ ...join(pair), firstEnd: character.end });
    });
    run = [];
  };
  for (const character of characters) {
    const { kind } = character;
    if (kind !== 'word') endWord();
    if (kind !== 'dense') endRun();
    if (kind === 'word') word.push(character);
    if (kind === 'dense') run.push(character);
    if (kind === 'emoji') tokens.push(join([character]));
  }
  endWord();
  endRun();
  return tokens;
}

function join(characters: Character[]): Token {
  const word = characters.map(({ text }) => text).join('');
  return { word: cut(word), start: characters[0]?.start ?? 0, end: characters.at(-1)?.end ?? 0 };
}

function cut(word: string): string {
  if (word.length <= WORD_MAX) return word;
  const short = word.slice(0, WORD_MAX);
  return short.isWellFormed() ? short : short.slice(0, -1);
}
