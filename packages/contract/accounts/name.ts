/** Printable ASCII: every character of such a name is visible. */
const PLAIN = /^[ -~]+$/;
/** A decomposed character has at most four code points (Unicode Standard Annex 15), each of two units. */
const UNITS_PER_CHARACTER = 8;

const DIRECTION = /\p{Bidi_Control}/u;
/**
 * Characters without a glyph, including those that fonts leave blank, and unassigned code points.
 */
const INVISIBLE =
  /[[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cn}\p{Zl}\p{Zp}\u2800\ufffc\u{1d159}\u{13441}\u{13442}\u{16fe4}]--[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]]/v;
/**
 * Places where an invisible character changes what a person sees: in emoji, in joined scripts, as a
 * variant of a glyph.
 */
const USEFUL = [
  String.raw`\p{RGI_Emoji}`,
  String.raw`(?<=\p{Extended_Pictographic})[\ufe0e\ufe0f]`,
  String.raw`(?<=\p{sc=Han})[\ufe00-\ufe02\u{e0100}-\u{e01ef}]`,
  String.raw`(?<=\p{sc=Mong})[\u180b-\u180d\u180f]`,
  String.raw`(?<=[\p{sc=Arab}\p{sc=Syrc}\p{sc=Nkoo}\p{sc=Mong}\p{sc=Deva}\p{sc=Beng}\p{sc=Guru}\p{sc=Gujr}\p{sc=Orya}\p{sc=Taml}\p{sc=Telu}\p{sc=Knda}\p{sc=Mlym}\p{sc=Sinh}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Tibt}])[\u200c\u200d](?=[\p{L}\p{M}])`,
].join('|');
/** The expression of USEFUL, from its first use on: V8 needs 16 ms for the emoji. */
let useful: RegExp | undefined;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;
const WORD = /[\p{L}\p{M}]+/gu;
/** Alphabets with letters that look like letters of another alphabet (UTS 39, section 5). */
const ALPHABETS: [name: string, letters: RegExp][] = [
  ['Latin', /\p{sc=Latn}/u],
  ['Cyrillic', /\p{sc=Cyrl}/u],
  ['Greek', /\p{sc=Grek}/u],
  ['Armenian', /\p{sc=Armn}/u],
  ['Coptic', /\p{sc=Copt}/u],
  ['Cherokee', /\p{sc=Cher}/u],
  ['Lisu', /\p{sc=Lisu}/u],
];

/** True when the text has more than `max` characters in every Unicode form. */
export function isFarLonger(text: string, max: number): boolean {
  return text.length > UNITS_PER_CHARACTER * max;
}

/** True when the text has a character that is invisible at its place. */
export function hasInvisible(text: string): boolean {
  if (PLAIN.test(text)) return false;
  useful ??= new RegExp(USEFUL, 'gv');
  return INVISIBLE.test(text.replace(useful, ''));
}

/**
 * Why a name is misleading, as the words after "The username"; undefined when it is not. In a good
 * name every character is visible, in the order in which it is written, and no word mixes
 * alphabets.
 */
export function misleadingFault(name: string): string | undefined {
  if (PLAIN.test(name)) return undefined;
  if (DIRECTION.test(name)) return 'has a character that changes the direction of text';
  if (hasInvisible(name)) return 'has an invisible character';
  if (!VISIBLE.test(name)) return 'has no visible character';
  const mixed = name
    .match(WORD)
    ?.map(alphabetsOf)
    .find((alphabets) => alphabets.length > 1);
  return mixed && `mixes ${mixed.join(' and ')} letters in one word`;
}

function alphabetsOf(word: string): string[] {
  return ALPHABETS.filter(([, letters]) => letters.test(word)).map(([name]) => name);
}
