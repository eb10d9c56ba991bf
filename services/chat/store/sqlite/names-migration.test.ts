import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { messageDraft, outcomes } from '@parley/testkit/databases/log-stores.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { openSqliteStore } from './sqlite-store.ts';

const account = (username: string, at: number) => ({
  id: username,
  username,
  nameKey: username,
  email: username,
  emailKey: username,
  passwordHash: 'x',
  admin: false,
  at,
});

test('accounts and channels of an older file get their looks and composed names', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/parley.db`;
  const taken = ['caf\u00e9', 'cafe\u0301'];
  {
    await using store = await openSqliteStore(file);
    await store.accounts.add(account('ada', 1));
    await store.append(
      ['\u1112\u1161\u11ab', 'general', ...taken].map((name) => messageDraft(name, 'hi')),
    );
  }
  {
    using database = new DatabaseSync(file);
    database.exec(`
      DROP TABLE account_look;
      ALTER TABLE event DROP COLUMN type;
      ALTER TABLE event DROP COLUMN data;
      PRAGMA user_version = 5;
    `);
    database
      .prepare("INSERT INTO account VALUES (?, ?, ?, 'e', 'e', 'x', 0, 2)")
      .run(...['\u0430d\u0430', '\u0430d\u0430', '\u0430d\u0430']);
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
