import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HELP, parseCommandLine } from '@parley/kit/commands/command-line.ts';
import { runOnce } from '@parley/kit/run.ts';
import { packClient } from './pack-client.ts';
import { packRelease } from './pack-release.ts';

/**
 * `npm run pack`: makes `dist/parley-<version>.tgz` of this checkout, if it is missing, and prints
 * its path. `npm run pack:client`: the client library, as a package for npm.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const USAGE = [
  'npm run pack          makes dist/parley-<version>.tgz of this checkout, if it is missing',
  'npm run pack:client   makes dist/parley-client-<version>.tgz, the client library for npm',
  '',
  'Both print the path.',
].join('\n');

await runOnce(async () => {
  const options = { help: HELP, library: { type: 'boolean', default: false } } as const;
  const { help, library } = parseCommandLine({ options }).values;
  if (help) return void process.stdout.write(`${USAGE}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'parley-pack-'));
  try {
    const pack = library ? packClient : packRelease;
    const archive = pack({ checkout: ROOT, to: join(ROOT, 'dist'), folder });
    process.stdout.write(`${archive}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
