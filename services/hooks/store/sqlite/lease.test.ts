import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { openSqliteStore } from './sqlite-store.ts';

test('a lease from before the clock was set back is free for another holder', async () => {
  await using stack = new AsyncDisposableStack();
  const path = `${stack.use(await temporaryFolder()).path}/hooks.db`;
  const store = stack.use(openSqliteStore(path));
  const hook = { name: 'one', url: 'https://example.org/a', channels: ['a'], kinds: ['message'] };
  const maker = { rights: { public: null, private: [] }, by: 'account:1', byName: 'ana', at: 1 };
  const fresh = { expected: undefined, newSecret: 'whsec_new', start: [], drop: [] };
  await store.put({ ...hook, ...maker, secret: undefined }, fresh);
  assert.equal((await store.hold('killed')).length, 1);
  assert.equal((await store.hold('next')).length, 0);
  using file = new DatabaseSync(path);
  file.prepare('UPDATE hook SET expires = ?').run(Date.now() + 3_600_000);
  assert.equal((await store.hold('next')).length, 1);
});
