import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, watch } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { messageDraft, open } from '@parley/testkit/databases/log-stores.ts';
import { PROGRAM_ENV } from '@parley/testkit/program-env.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { BACKUP_MAIN, runCommand, startCommand } from './run-backup.ts';

const EVENTS = 200_000;
const BATCH = 500;
/** A post that waits longer than this is held up. */
const DELAY_MAX_MS = 3_000;

async function fill(storeUrl: string): Promise<void> {
  await using store = await open(storeUrl);
  for (let i = 0; i < EVENTS; i += BATCH) {
    const numbers = Array.from({ length: BATCH }, (_, k) => i + k);
    await store.append(numbers.map((n) => messageDraft(`channel-${n % 20}`, `message ${n}`)));
  }
}

test('a backup of 200,000 events holds up no post, and leaves no half file when it fails', async (t) => {
  await using folder = await temporaryFolder();
  const env = { DATA_DIR: folder.path, STORE_URL: '' };
  const storeUrl = `sqlite:${folder.path}/parley.db`;
  const backups = join(folder.path, 'backups');
  await fill(storeUrl);

  await t.test('posts during a backup', async () => {
    await using store = await open(storeUrl);
    const made = runCommand(env, 'backup', backups);
    let over = false;
    void made.finally(() => {
      over = true;
    });
    let longest = 0;
    let stored = 0;
    while (!over) {
      const began = performance.now();
      await store.append([messageDraft('live', 'a post')]);
      longest = Math.max(longest, performance.now() - began);
      stored++;
    }
    assert.deepEqual(await made.then(({ code, stderr }) => [code, stderr]), [0, '']);
    t.diagnostic(`${stored} posts, the longest took ${longest.toFixed(1)} ms`);
    assert.ok(stored > 10);
    assert.ok(longest < DELAY_MAX_MS, `${longest} ms`);
  });

  await t.test('a killed backup', async () => {
    const killed = join(folder.path, 'killed');
    await mkdir(killed);
    const seen = watch(killed);
    const child = startCommand(env, ['backup', killed]);
    const exited = once(child, 'exit');
    for await (const { filename } of seen) if (filename?.endsWith('.dump')) break;
    child.kill('SIGKILL');
    await exited;
    const names = await readdir(killed);
    assert.ok(names.length > 0);
    for (const name of names) assert.ok(name.includes('.partial'), name);
  });

  await t.test('a disk without space', async () => {
    const full = join(folder.path, 'full');
    const limited = ['-c', 'ulimit -f 2000; exec "$@"', 'sh', process.execPath, BACKUP_MAIN];
    const { status, stderr } = spawnSync('sh', [...limited, 'backup', full], {
      env: { ...PROGRAM_ENV, ...env },
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, /^parley: no backup was made: /);
    assert.deepEqual(await readdir(full), []);
  });
});
