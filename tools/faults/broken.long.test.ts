import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SHORT = ['--minutes', '0.1', '--seed', '1', '--store', 'sqlite'];

/** Runs `npm run faults` as a process. Resolves with its exit code and its findings. */
async function runFaults(args: string[]): Promise<{ code: number; found: string[] }> {
  await using folder = await temporaryFolder();
  const env = { ...process.env, TMPDIR: folder.path };
  return await new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...SHORT, ...args], { cwd: ROOT, env }, (error, stdout) => {
      const found = stdout.split('\n').filter((line) => line.startsWith('FOUND: '));
      resolve({ code: Number(error?.code ?? 0), found });
    });
  });
}

test('a build without repair of holes fails the run, and each finding is a reader that misses events', async () => {
  const { code, found } = await runFaults(['--broken', 'repair']);
  assert.equal(code, 1);
  assert.match(found.shift() ?? '', /not within \d+ ms: every reader had every event$/);
  assert.ok(found.length > 0);
  for (const line of found) assert.match(line, /^FOUND: reader \d+: is at event \d+ of \d+$/);
});

test('the same run of the unchanged build finds nothing', async () => {
  assert.deepEqual(await runFaults([]), { code: 0, found: [] });
});

test('a run with a wrong argument exits with 2 and has no findings', async () => {
  assert.deepEqual(await runFaults(['--store', 'paper']), { code: 2, found: [] });
});
