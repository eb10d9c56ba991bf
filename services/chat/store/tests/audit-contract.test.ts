import assert from 'node:assert/strict';
import { STORES, testsOn } from '@parley/testkit/databases/log-stores.ts';
import type { OpenedStore } from '../opened-store.ts';
import type { Account } from '../people/accounts.ts';
import type { AuditDraft } from '../people/audit.ts';

const NOW = Date.UTC(2026, 10, 21);
const ALL = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 100, newest: false };
const ada: Account = {
  id: 'a',
  username: 'Ada',
  nameKey: 'ada',
  email: 'Ada@x.org',
  emailKey: 'ada@x.org',
  passwordHash: 'hash-1',
  admin: false,
  at: NOW,
};

const act = (name: string, more: Partial<AuditDraft> = {}): AuditDraft => ({
  at: NOW,
  by: 'account:root',
  act: name,
  ...more,
});

for (const kind of STORES) {
  const withStore = testsOn(kind);
  const actsOf = async ({ audit }: OpenedStore) =>
    (await audit.page(ALL)).map(({ act, whom, channel }) => [act, whom ?? channel]);

  withStore('acts are read in pages, from the oldest and from the newest', async ({ audit }) => {
    const full = act('one', { name: 'Root 😀', whom: 'Ada', channel: 'lobby', detail: 'x' });
    await audit.add([full, act('two'), act('three', { at: NOW + 1 })]);
    const [one, two, three] = await audit.page(ALL);
    const iso = new Date(NOW).toISOString();
    assert.deepEqual(one, { ...full, id: one?.id, at: iso });
    assert.deepEqual(two, { id: two?.id, at: iso, by: 'account:root', act: 'two' });
    assert.deepEqual(await audit.page({ ...ALL, after: one?.id ?? 0, limit: 1 }), [two]);
    assert.deepEqual(await audit.page({ ...ALL, newest: true, limit: 2 }), [two, three]);
    assert.deepEqual(await audit.page({ ...ALL, before: three?.id ?? 0 }), [one, two]);
  });

  withStore('old acts are removed, and the oldest of too many', async (store) => {
    assert.equal(await store.audit.trim({ before: NOW, keep: 2 }), 0);
    await store.audit.add([act('old', { at: NOW - 1 }), act('b'), act('c'), act('d')]);
    assert.equal(await store.audit.trim({ before: NOW, keep: 9 }), 1);
    assert.equal(await store.audit.trim({ before: 0, keep: 2 }), 1);
    assert.deepEqual(
      (await actsOf(store)).map(([name]) => name),
      ['c', 'd'],
    );
  });

  withStore('a change of an account and its act are one', async (store) => {
    const { accounts } = store;
    assert.equal(await accounts.add(ada, act('add')), true);
    assert.equal(await accounts.add({ ...ada, id: 'b' }, act('add again')), false);
    await accounts.setAdmin('a', true, act('admin'));
    await accounts.setPassword('a', 'hash-2', act('password'));
    await accounts.endSessions({ accountId: 'a' }, NOW, act('sign-out'));
    await accounts.setPassword('a', 'hash-3');
    await accounts.remove('a', act('remove'));
    const names = (await actsOf(store)).map(([name]) => name);
    assert.deepEqual(names, ['add', 'admin', 'password', 'sign-out', 'remove']);
  });

  withStore('an act in a channel is kept when it has changed something', async (store) => {
    const common = { channel: 'lobby', server: 's', at: NOW };
    const close = { ...common, kind: 'close', audit: act('close', { channel: 'lobby' }) } as const;
    await store.append([close, close]);
    await store.append([{ ...close, kind: 'reopen', audit: act('reopen', { channel: 'lobby' }) }]);
    const message = { ...common, kind: 'message', username: 'Ada', message: 'x' } as const;
    await store.append([
      { ...message, author: 'account:a' },
      { ...message, author: 'account:root' },
    ]);
    const by = { ...common, kind: 'delete', by: 'account:root', admin: true } as const;
    const audit = act('delete');
    await store.append([3, 4, 3].map((ref) => ({ ...by, ref, audit })));
    assert.deepEqual(await actsOf(store), [
      ['close', 'lobby'],
      ['reopen', 'lobby'],
      ['delete', 'Ada'],
    ]);
  });
}
