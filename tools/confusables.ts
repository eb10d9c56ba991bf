import { readFileSync, writeFileSync } from 'node:fs';
import { parseCommandLine } from '@parley/kit/commands/command-line.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { runOnce } from '@parley/kit/run.ts';

const TARGET = new URL('../services/chat/names/confusables.txt', import.meta.url);
const HEAD = `# Written by tools/confusables.ts from Unicode's confusables (UTS 39); do not edit by hand.
# Copyright © 1991-2026 Unicode, Inc., Unicode License V3 (https://www.unicode.org/license.txt).
# A line is a prototype and the characters that look like it, as hexadecimal code points.
`;

/**
 * `node tools/confusables.ts FILE VERSION`: writes services/chat/names/confusables.txt. FILE is
 * Unicode's confusables.txt, or a JSON object of code points (decimal) and their prototypes.
 */
await runOnce(async () => {
  const { positionals } = parseCommandLine({ args: process.argv.slice(2), allowPositionals: true });
  const [file, version] = positionals;
  if (file === undefined || version === undefined) {
    throw new PlainError('node tools/confusables.ts FILE VERSION');
  }
  const text = readFileSync(file, 'utf8');
  const pairs = file.endsWith('.json') ? ofJson(text) : ofUnicode(text);
  const groups = Map.groupBy(pairs.toSorted(byCodePoint), ([, prototype]) => prototype);
  const lines = [...groups].map(
    ([prototype, group]) => `${hex(prototype)};${group.map(([source]) => hex(source)).join(' ')}\n`,
  );
  writeFileSync(TARGET, `${HEAD}# Unicode ${version}\n${lines.join('')}`);
});

type Pair = [source: string, prototype: string];

function ofJson(text: string): Pair[] {
  const prototypes: Record<string, string> = JSON.parse(text);
  return Object.entries(prototypes).map(([code, to]) => [String.fromCodePoint(Number(code)), to]);
}

/** Lines such as `05AD ;	0596 ;	MA	# …`. */
function ofUnicode(text: string): Pair[] {
  return [...text.matchAll(/^\s*([0-9A-F]+)\s*;\s*([0-9A-F ]+?)\s*;/gm)].map(
    ([, source = '', to = '']) => [characters(source), characters(to)],
  );
}

function characters(codes: string): string {
  return String.fromCodePoint(...codes.split(' ').map((code) => Number.parseInt(code, 16)));
}

function hex(text: string): string {
  return [...text].map((char) => (char.codePointAt(0) ?? 0).toString(16)).join('+');
}

function byCodePoint([one]: Pair, [other]: Pair): number {
  return (one.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
}
