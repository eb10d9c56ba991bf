import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { AT, messageDraft } from '@parley/testkit/databases/log-stores.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { parseSearch } from '../../../search/query.ts';
import { openSqliteStore } from '../sqlite-store.ts';
import { firstDoc } from './index-writer.ts';

const WORD = 'xylophones';
const author = { author: 'account:ada' };
const change = { channel: 'general', by: 'account:ada', admin: false, server: 's', at: AT };

test('the words of edited and deleted messages are not in the file, also after old ones were removed', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/parley.db`;
  const holdsWord = () => readFileSync(file).includes(WORD);
  {
    await using store = await openSqliteStore(file);
    await store.append([
      messageDraft('old', 'too old'),
      messageDraft('general', `play ${WORD}`, author),
      messageDraft('general', `${WORD} again`, author),
    ]);
  }
  assert.ok(holdsWord());
  {
    await using store = await openSqliteStore(file);
    await store.trim({ channel: 'old', keepEvents: 0, keepSince: 0, now: AT, limit: 9 });
    await store.append([
      { ...change, kind: 'edit', ref: 1, message: 'play' },
      { ...change, kind: 'delete', ref: 2 },
    ]);
  }
  assert.ok(!holdsWord());
});

test('many messages of one second, and times beyond all years, have their places in the index', async () => {
  await using folder = await temporaryFolder();
  await using store = await openSqliteStore(`${folder.path}/parley.db`);
  const times = [AT, AT, AT - 400, -1, 8.64e15, 8.64e15, 0];
  await store.append(times.map((at, n) => messageDraft('general', `tea ${n}`, { at })));
  const { found } = await store.search.search({ ...parseSearch('tea'), limit: 9 });
  const texts = found.map(({ message }) => message.message);
  assert.deepEqual(texts, ['tea 5', 'tea 4', 'tea 2', 'tea 1', 'tea 0', 'tea 6', 'tea 3']);
  assert.ok(Number.isSafeInteger(firstDoc(8.64e15) + 2 ** 20));
});
