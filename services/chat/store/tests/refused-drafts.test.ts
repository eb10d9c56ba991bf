import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { messageDraft, open, outcomes, seqs, upTo } from '@parley/testkit/databases/log-stores.ts';
import { storeKinds } from '@parley/testkit/databases/store-kinds.ts';
import { Kysely } from 'kysely';
import { mysqlDialect } from '../sql/mysql.ts';
import { postgresDialect } from '../sql/postgres.ts';
import type { Tables } from '../sql/tables.ts';
import type { ClosingDraft, Draft } from '../store.ts';

/** The names in the table of channels, with or without events. */
async function channelRows(url: string): Promise<string[]> {
  if (url.startsWith('sqlite:')) {
    using file = new DatabaseSync(url.slice('sqlite:'.length));
    return file
      .prepare('SELECT name FROM channel ORDER BY name')
      .all()
      .map((row) => `${row.name}`);
  }
  const address = {
    url,
    program: 'test',
    tls: undefined,
    onError: () => undefined,
    onRefusedName: () => undefined,
  };
  const dialect = url.startsWith('postgres') ? postgresDialect(address) : mysqlDialect(address);
  const limits = { connections: 1, statementMs: 5_000 };
  const database = new Kysely<Tables>({ dialect: dialect.open(limits) });
  try {
    const rows = await database.selectFrom('channel').select('name').orderBy('name').execute();
    return rows.map(({ name }) => name);
  } finally {
    await database.destroy();
  }
}

const ADA = { username: 'Ada', nameKey: 'ada', email: 'ada@x.org', emailKey: 'ada@x.org' };
const asAda = (channel: string) => messageDraft(channel, 'hi', { username: 'ada' });
const asBob = (channel: string) => messageDraft(channel, 'hi', { username: 'bob' });
const about = { server: 'chat-1', at: 0, by: 'ada', admin: true, ref: 1 };
const changes = (channel: string) =>
  [
    { ...about, channel, kind: 'vote', value: 1 },
    { ...about, channel, kind: 'reaction', emoji: '👍', added: true },
    { ...about, channel, kind: 'edit', message: 'x' },
    { ...about, channel, kind: 'delete' },
    { ...about, channel, kind: 'reopen' },
    messageDraft(channel, 'x', { replyTo: 1 }),
  ] as Draft[];

for (const { name, makeUrl, options } of storeKinds()) {
  test(`${name}: a draft that is refused leaves no row behind`, options, async (t) => {
    const url = await makeUrl(t);
    await using store = await open(url);
    await store.accounts.add({ ...ADA, id: 'a', passwordHash: 'x', admin: false, at: 0 });
    const refused = await store.append(upTo(100).map((n) => asAda(`refused-${n}`)));
    assert.deepEqual([...new Set(outcomes(refused))], ['name-taken']);
    await store.append(changes('changed'));
    assert.deepEqual(await channelRows(url), []);

    const mixed = ['both', 'later', 'never'].map(asAda);
    const batch = [...mixed, asBob('both'), asAda('both')];
    assert.deepEqual(outcomes(await store.append(batch)), [
      'name-taken',
      'name-taken',
      'name-taken',
      'stored',
      'name-taken',
    ]);
    assert.deepEqual(await channelRows(url), ['both']);
    assert.deepEqual(outcomes(await store.append([asAda('both'), asBob('later')])), [
      'name-taken',
      'stored',
    ]);
    assert.deepEqual(await channelRows(url), ['both', 'later']);
    assert.deepEqual(await seqs(store, { channel: 'later' }), [1]);
  });

  test(
    `${name}: a refusal loses nothing of other drafts that create the channel at the same time`,
    options,
    async (t) => {
      const url = await makeUrl(t);
      await using one = await open(url);
      await using two = await open(url);
      await one.accounts.add({ ...ADA, id: 'a', passwordHash: 'x', admin: false, at: 0 });
      const close: ClosingDraft = {
        kind: 'close',
        channel: 'c',
        server: 'chat-1',
        at: 0,
      } as never;
      for (const n of upTo(20)) {
        const channel = `race-${n}`;
        const results = await Promise.all([
          one.append([asAda(channel)]),
          two.append([asBob(channel)]),
          one.append([asBob(channel)]),
          two.append([asAda(channel)]),
          two.append([{ ...close, channel: `closed-${n}` }]),
        ]);
        assert.deepEqual(outcomes(results.flat()), [
          'name-taken',
          'stored',
          'stored',
          'name-taken',
          'stored',
        ]);
        assert.deepEqual(await seqs(one, { channel }), [1, 2]);
      }
      assert.equal((await channelRows(url)).length, 40);
    },
  );
}
