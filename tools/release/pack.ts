import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wantsHelp } from '@parley/kit/commands/command-line.ts';
import { runOnce } from '@parley/kit/run.ts';
import { packRelease } from './pack-release.ts';

/**
 * `npm run pack`: makes `dist/parley-<version>.tgz` of this checkout, if it is missing, and prints
 * its path.
 */
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const USAGE = [
  'npm run pack',
  '',
  'Makes dist/parley-<version>.tgz of this checkout, if it is missing, and prints its path.',
].join('\n');

await runOnce(async () => {
  if (wantsHelp(process.argv.slice(2))) return void process.stdout.write(`${USAGE}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'parley-pack-'));
  try {
    const archive = packRelease({ checkout: ROOT, to: join(ROOT, 'dist'), folder });
    process.stdout.write(`${archive}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
