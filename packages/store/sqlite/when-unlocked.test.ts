import assert from 'node:assert/strict';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { whenUnlocked } from './when-unlocked.ts';

const HOLD = `
  const { DatabaseSync } = require('node:sqlite');
  const { parentPort, workerData } = require('node:worker_threads');
  const database = new DatabaseSync(workerData);
  database.exec('BEGIN EXCLUSIVE');
  parentPort.once('message', () => setTimeout(() => database.exec('COMMIT'), 200));
  parentPort.postMessage('locked');
`;

test('work on a locked file is done once the lock is released, though SQLite itself would not wait', async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/x.db`;
  using database = new DatabaseSync(path, { timeout: 0 });
  const holder = new Worker(HOLD, { eval: true, workerData: path });
  await once(holder, 'message');
  assert.throws(() => database.exec('CREATE TABLE t (x)'), /database is locked/);
  holder.postMessage('commit soon');
  whenUnlocked(() => database.exec('CREATE TABLE t (x)'));
  assert.equal(database.prepare('SELECT count(*) AS n FROM t').get()?.n, 0);
  await holder.terminate();
});

test('an error other than a lock is thrown at once', () => {
  using database = new DatabaseSync(':memory:');
  const startedAt = performance.now();
  assert.throws(() => whenUnlocked(() => database.exec('nonsense')), /syntax error/);
  assert.ok(performance.now() - startedAt < 1_000);
});
