import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { Metrics } from '@parley/kit/metrics.ts';
import { AT, messageDraft, seqs } from '@parley/testkit/databases/log-stores.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { pino } from 'pino';
import { openChatMetrics } from '../metrics.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { Retention } from './retention.ts';

const FAIL = `CREATE TRIGGER damage BEFORE DELETE ON event
  WHEN OLD.channel_id IN (SELECT id FROM channel WHERE name = 'a-bad' OR id = 1)
  BEGIN SELECT RAISE(ABORT, 'the row is damaged'); END`;

test('a channel that cannot be trimmed or removed is logged once and does not stop the others', async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/log.db`;
  await using store = await openSqliteStore(path);
  const post = (channel: string) =>
    store.append([messageDraft(channel, '1'), messageDraft(channel, '2')]);
  // The first channel has the id 1, also after its removal.
  for (const name of ['a-gone', 'b-gone', 'a-bad', 'b']) await post(name);
  for (const [i, name] of ['a-gone', 'b-gone'].entries()) {
    await store.removal.delete(name, AT + i, { at: AT, by: 'root', act: 'delete-channel' });
  }
  using database = new DatabaseSync(path);
  database.exec(FAIL);
  const lines: { channel: string; err: { message: string } }[] = [];
  const out = new Writable({
    write(line, _, done) {
      lines.push(JSON.parse(String(line)));
      done();
    },
  });
  const logged = () => lines.map(({ channel, err }) => [channel, err.message]);
  const bad = ['a-bad', 'the row is damaged'];

  await using _ = new Retention(
    { retentionDays: 0, retentionEvents: 1 },
    {
      store,
      log: pino(out),
      metrics: openChatMetrics(new Metrics()),
      clock: () => Date.now(),
      periodMs: 1,
    },
  );
  const trimmedTo = (channel: string, seq: number) =>
    until(
      `${channel} has only ${seq}`,
      async () => `${await seqs(store, { channel })}` === `${seq}`,
    );
  await trimmedTo('b', 2);
  const [left, ...others] = await store.removal.left();
  assert.deepEqual(others, []);
  for (const head of [4, 6]) {
    await post('b');
    await trimmedTo('b', head);
  }
  assert.deepEqual(logged(), [[left, 'the row is damaged'], bad]);

  database.exec('DROP TRIGGER damage');
  await trimmedTo('a-bad', 2);
  await until('it is removed', async () => (await store.removal.left()).length === 0);
  database.exec(FAIL);
  await post('a-bad');
  await until('the next failure is logged', () => lines.length === 3);
  assert.deepEqual(logged()[2], bad);
});
