import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { chooseFiles } from '@parley/testkit/processes/choose-files.ts';
import { buildImage, removeHosts } from './host-containers.ts';
import { packRelease } from './releases.ts';

/**
 * `npm run test:ansible`: lints the plays and runs them on containers that are plain Debian servers,
 * one for each host of an inventory. It always removes them at the end. `npm run test:ansible --
 * single` runs the files with this name. The files run in parallel, each with hosts of its own.
 */
const DEPLOYED = ['single', 'several', 'broken'];
const FILES = ['lint', ...DEPLOYED];
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FLAGS = ['--test', '--test-reporter=spec', '--test-force-exit', '--test-timeout=600000'];

const chosen = chooseFiles('npm run test:ansible', FILES);
const deployed = chosen.filter((name) => DEPLOYED.includes(name));
const folder = mkdtempSync(join(tmpdir(), 'parley-hosts-'));

// An interrupt ends the tests, but this program stays to remove the hosts.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
try {
  // Packed once, since all tests use the same archive.
  if (deployed.length > 0) await Promise.all([buildImage(), packRelease()]);
  const failed = (await Promise.all(chosen.map(fails))).filter((name) => name !== undefined);
  if (failed.length > 0) {
    console.error(`failed: ${failed.join(', ')}`);
    process.exitCode = 1;
  }
} finally {
  for (const name of deployed) await removeHosts(projectOf(name));
  rmSync(folder, { recursive: true });
}

/** Runs a file and prints its output at the end. Resolves with the file's name when it failed. */
async function fails(name: string): Promise<string | undefined> {
  const env = {
    ...process.env,
    HOSTS_PROJECT: projectOf(name),
    HOSTS_FOLDER: join(folder, name),
  };
  const file = `ansible/tests/${name}.hosts.ts`;
  const child = spawn(process.execPath, [...FLAGS, file], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const output = text(child.stdout);
  const [code] = await once(child, 'exit');
  process.stdout.write(await output);
  return code === 0 ? undefined : name;
}

function projectOf(name: string): string {
  return `parley-test-${process.pid}-${name}`;
}
