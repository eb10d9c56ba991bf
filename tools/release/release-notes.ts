import { readFileSync } from 'node:fs';
import { cutNotes } from './cut-notes.ts';

/**
 * `node tools/release/release-notes.ts v1.2.3`: writes the notes of a version from CHANGELOG.md; fails
 * when the tag is not the version of package.json.
 */
const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const [tag = ''] = process.argv.slice(2);
const { version } = JSON.parse(read('package.json')) as { version: string };

if (tag !== `v${version}`)
  throw new Error(`${tag} is not v${version}, the version of package.json`);
process.stdout.write(`${cutNotes(read('CHANGELOG.md'), version)}\n`);
