import { LOCALE } from '../locale.ts';

/** Number of name colours in the style sheet. */
const HUES = 8;

/** The colour of a name, 0 to 7; always the same for the same name. */
export function nameHue(name: string): number {
  let hash = 0;
  for (const char of name) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return hash % HUES;
}

/** The first letter of a name as readers see it (a grapheme), for the name's badge. */
export function nameInitial(name: string): string {
  const [first] = new Intl.Segmenter(LOCALE).segment(name);
  return (first?.segment ?? '').toLocaleUpperCase(LOCALE);
}
