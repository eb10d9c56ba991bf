import { readFileSync } from 'node:fs';

/**
 * Phrases that a reader from another country has to read twice (docs/decisions/0044). A document
 * that has to name one writes it as code.
 */
const PHRASES = [
  'whoever|whomever|whatever|nobody|somebody|so many|so much as',
  'of which|for whom|by whom|to whom|unheard|hears of|told of|says so',
  '(?:is|are|was|were|be|been) told|(?:be|is|are) had|what becomes of',
  'tak(?:e|es|en|ing) in|took in|hand(?:s|ed)? on',
].join('|');
const DIALECT = new RegExp(`\\b(?:${PHRASES.replaceAll(' ', '\\s+')})\\b`, 'gi');

/** Comments of TypeScript and CSS, and the names of tests. */
const CODE_TEXT =
  /\/\*[\s\S]*?\*\/|(?:^|\s)\/\/ .*|\btest\(\s*(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`[^`]*`)/g;
const HASH_COMMENT = /(?:^|\s)#.*/gm;
const FENCED = /^```[\s\S]*?^```/gm;

/** A line for each phrase of the dialect in the comments, test names and documents of these files. */
export function wordFaults(files: string[]): string[] {
  return files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return proseOf(file, text).flatMap(({ at, prose }) =>
      [...prose.matchAll(DIALECT)].map((found) => {
        const line = text.slice(0, at + found.index).split('\n').length;
        return `${file}:${line}: "${found[0]}": say it plainly`;
      }),
    );
  });
}

/** The parts of a file that people read, each with its place in the text. */
function proseOf(file: string, text: string): { at: number; prose: string }[] {
  if (file.endsWith('.md')) {
    const blank = (code: string) => code.replace(/[^\n]/g, ' ');
    return [{ at: 0, prose: text.replace(FENCED, blank).replace(/`[^`\n]*`/g, blank) }];
  }
  if (/\.ya?ml$/.test(file)) return [{ at: 0, prose: text }];
  const expression = /\.(?:tsx?|mjs|css)$/.test(file) ? CODE_TEXT : HASH_COMMENT;
  return [...text.matchAll(expression)].map((found) => ({ at: found.index, prose: found[0] }));
}
