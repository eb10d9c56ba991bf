import { styleText } from 'node:util';
import type { Verdict } from './verdict.ts';

const NAME_WIDTH = 13;
const MARKS = {
  ok: ['ok   ', 'green'],
  wrong: ['WRONG', 'red'],
  open: ['-    ', 'yellow'],
} as const;
const INDENT = ' '.repeat(MARKS.ok[0].length + 2);

/**
 * The line of one check and, when something is wrong, why that matters and how to fix it; coloured
 * on a terminal.
 */
export function renderVerdict(name: string, verdict: Verdict): string {
  const [mark, colour] = MARKS[verdict.kind];
  const line = `${styleText(colour, mark)}  ${name.padEnd(NAME_WIDTH)} ${verdict.says}`;
  if (verdict.kind !== 'wrong') return line;
  const more = (what: string, text: string) => `${INDENT}${what.padStart(NAME_WIDTH)} ${text}`;
  return [line, more('why:', verdict.why), more('fix:', verdict.mend)].join('\n');
}
