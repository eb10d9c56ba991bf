import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageDraft, page } from '@parley/testkit/databases/log-stores.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { openSqliteStore } from './sqlite-store.ts';

/** Threads of this process: each has a port for its calls. */
const threads = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;

test('the check of the log reads it without a second thread, until there is one', async () => {
  await using folder = await temporaryFolder();
  await using store = await openSqliteStore(`${folder.path}/parley.db`);
  const named = async (limit: number) =>
    (await store.channels({ after: '', limit })).map(({ channel }) => channel);
  assert.deepEqual(await named(1), []);
  await store.append(['a', 'b', 'c'].map((channel) => messageDraft(channel, 'hi')));
  assert.deepEqual(await named(2), ['a', 'b']);
  assert.equal(threads(), 1);
  assert.deepEqual(await named(3), ['a', 'b', 'c']);
  assert.equal(threads(), 2);
  assert.equal((await page(store, { channel: 'b' })).head, 1);
  assert.deepEqual(await named(2), ['a', 'b']);
});
