import { readFileSync, writeFileSync } from 'node:fs';
import { parseCommandLine } from '@parley/kit/commands/command-line.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { runOnce } from '@parley/kit/run.ts';

const TARGET = new URL('../services/chat/commands/migrate/emoji/emoji-names.txt', import.meta.url);
const HEAD = `# Written by tools/emoji-names.ts from emoji-datasource; do not edit by hand.
# Copyright (c) 2013 Cal Henderson, MIT License (https://github.com/iamcal/emoji-data).
# A line is a short name, as Slack and Mattermost use it, and its emoji.
`;

interface Emoji {
  /** Code points in hexadecimal, with hyphens between. */
  unified: string;
  short_names: string[];
}

/**
 * `node tools/emoji-names.ts FILE VERSION`: writes emoji-names.txt. FILE is `emoji.json` of the npm
 * package emoji-datasource in that version.
 */
await runOnce(async () => {
  const { positionals } = parseCommandLine({ args: process.argv.slice(2), allowPositionals: true });
  const [file, version] = positionals;
  if (file === undefined || version === undefined) {
    throw new PlainError('node tools/emoji-names.ts FILE VERSION');
  }
  const all: Emoji[] = JSON.parse(readFileSync(file, 'utf8'));
  const lines = all.flatMap(({ unified, short_names }) =>
    short_names.map((name) => `${name} ${characters(unified)}\n`),
  );
  writeFileSync(TARGET, `${HEAD}# emoji-datasource ${version}\n${lines.toSorted().join('')}`);
});

function characters(unified: string): string {
  return String.fromCodePoint(...unified.split('-').map((code) => Number.parseInt(code, 16)));
}
