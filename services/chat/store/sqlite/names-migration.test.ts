import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { messageDraft, outcomes } from '@parley/testkit/databases/log-stores.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { migrate } from './schema.ts';
import { openSqliteStore } from './sqlite-store.ts';

test('accounts and channels of an older file get their looks and composed names', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/parley.db`;
  const taken = ['caf\u00e9', 'cafe\u0301'];
  const decomposed = '\u1112\u1161\u11ab';
  {
    using database = new DatabaseSync(file);
    migrate(database, 5);
    for (const name of ['ada', '\u0430d\u0430']) {
      database
        .prepare("INSERT INTO account VALUES (?, ?, ?, ?, ?, 'x', 0, ?)")
        .run(name, name, name, name, name, name === 'ada' ? 1 : 2);
    }
    for (const name of [decomposed, 'general', ...taken]) {
      database.prepare("INSERT INTO channel VALUES (NULL, ?, 'e', 1, 0, 0)").run(name);
    }
  }
  await using store = await openSqliteStore(file);
  const channels = await store.channels({ after: '', limit: 9 });
  assert.deepEqual(
    channels.map(({ channel }) => channel),
    ['cafe\u0301', 'caf\u00e9', 'general', '한'].sort(),
  );
  const post = (username: string, author: string | null) =>
    messageDraft('general', 'hi', { username, author });
  const outcome = await store.append([
    post('ad\u0430', null),
    post('\u0430d\u0430', null),
    post('ad\u0430', 'account:ada'),
    post('\u0430d\u0430', 'account:\u0430d\u0430'),
    post('ada', 'account:ada'),
  ]);
  assert.deepEqual(outcomes(outcome), ['name-taken', 'name-taken', 'stored', 'stored', 'stored']);
});
