import assert from 'node:assert/strict';
import { STORES, testsOn } from '@parley/testkit/databases/log-stores.ts';
import type { OpenedStore } from '../opened-store.ts';
import type { Account } from '../people/accounts.ts';
import { emailLinkId, LINKS_MAX, type Link, mailedResetId, resetLinkId } from '../people/links.ts';

const NOW = Date.UTC(2026, 10, 21);
const PAGE = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 99, newest: false };

const account = (id: string, more: Partial<Account> = {}): Account => ({
  id,
  username: id,
  nameKey: id,
  email: id,
  emailKey: id,
  passwordHash: 'hash-1',
  admin: false,
  at: NOW,
  ...more,
});

const link = (id: string, more: Partial<Link> = {}): Link => ({
  id,
  kind: 'invitation',
  hash: `hash of ${id}`,
  accountId: '',
  uses: 1,
  expiresAt: NOW + 1_000,
  ...more,
});

for (const kind of STORES) {
  const withStore = testsOn(kind);
  const actsOf = async ({ audit }: OpenedStore) =>
    (await audit.page(PAGE)).map(({ act, whom }) => [act, whom]);

  withStore('the first link makes one administrator, whatever comes at once', async (store) => {
    const { links, accounts } = store;
    assert.equal(await links.add(link('first', { kind: 'first', hash: 'old' }), NOW), true);
    assert.equal(await links.add(link('first', { kind: 'first', hash: 'new' }), NOW), true);
    assert.equal(await links.signUp('old', account('x')), 'invalid');
    const rivals = Array.from({ length: 8 }, (_, i) => links.signUp('new', account(`root${i}`)));
    const done = (await Promise.all(rivals)).filter((one) => one !== 'invalid');
    assert.equal(done.length, 1);
    const [root] = done as Account[];
    assert.deepEqual(await accounts.list({ after: '', limit: 9 }), [root]);
    assert.equal(root?.admin, true);
    assert.equal(await links.add(link('first', { kind: 'first' }), NOW), false);
    assert.deepEqual(await actsOf(store), [['first-administrator', root?.username]]);
  });

  withStore(
    'an invitation makes as many accounts as it has uses, until it expires',
    async (store) => {
      const { links } = store;
      const act = { at: NOW, by: 'account:root', act: 'invite' };
      assert.equal(await links.add(link('a', { uses: 3 }), NOW, act), true);
      assert.deepEqual(await links.signUp('hash of a', account('one')), account('one'));
      assert.equal(await links.signUp('hash of a', account('two', { nameKey: 'one' })), 'taken');
      assert.deepEqual(await links.find('hash of a', NOW), link('a', { uses: 2 }));
      assert.equal(await links.find('hash of a', NOW + 1_000), undefined);
      assert.equal(
        await links.signUp('hash of a', account('late', { at: NOW + 1_000 })),
        'invalid',
      );
      const rivals = Array.from({ length: 6 }, (_, i) =>
        links.signUp('hash of a', account(`r${i}`)),
      );
      const outcomes = await Promise.all(rivals);
      assert.equal(outcomes.filter((one) => one === 'invalid').length, 4);
      assert.equal((await store.accounts.list({ after: '', limit: 99 })).length, 3);
      assert.equal(await links.find('hash of a', NOW), undefined);
      const acts = await actsOf(store);
      assert.deepEqual(
        acts.map(([what]) => what),
        ['invite', ...Array(3).fill('accept-invitation')],
      );
    },
  );

  withStore('a link for a password has one use, and ends every session', async (store) => {
    const { links, accounts } = store;
    await accounts.add(account('a'));
    const session = { secretHash: 's', sid: 'sid', accountId: 'a', at: NOW, expiresAt: NOW + 9 };
    await accounts.openSession(session, 'hash-1');
    await links.add(link('reset a', { kind: 'reset', accountId: 'a' }), NOW);
    await links.add(link('reset z', { kind: 'reset', accountId: 'z' }), NOW);
    assert.equal(await links.signUp('hash of reset a', account('x')), 'invalid');
    assert.equal(await links.reset('hash of reset a', 'late', NOW + 1_000), false);
    assert.equal(await links.reset('hash of reset z', 'x', NOW), false);
    const rivals = Array.from({ length: 6 }, () => links.reset('hash of reset a', 'hash-2', NOW));
    const done = (await Promise.all(rivals)).filter((one) => one !== false);
    assert.deepEqual(done, [[{ sid: 'sid', endedAt: NOW }]]);
    assert.equal((await accounts.find({ id: 'a' }))?.passwordHash, 'hash-2');
    assert.deepEqual(await actsOf(store), [['reset-password', 'a']]);
  });

  withStore('a new password and a suspension end the links to an address', async (store) => {
    const { links, accounts } = store;
    await accounts.add(account('a'));
    const ways = {
      'a link for a password': async () => {
        await links.add(link('reset a', { kind: 'reset', accountId: 'a' }), NOW);
        await links.reset('hash of reset a', 'hash-2', NOW);
      },
      'a change of the password': () => accounts.setPassword('a', 'hash-3'),
      'a suspension': () => accounts.suspend('a', NOW),
    };
    for (const [what, way] of Object.entries(ways)) {
      await links.add(confirming('a', 'mallory@x.org'), NOW);
      await links.add(link(mailedResetId('a'), { kind: 'reset', accountId: 'a' }), NOW);
      await way();
      assert.equal(await links.find('hash of mailed-reset a', NOW), undefined, what);
      assert.equal(await links.confirm('hash of email a', NOW), 'invalid', what);
    }
  });

  const confirming = (id: string, email: string, more: Partial<Link> = {}) =>
    link(emailLinkId(id), { kind: 'email', accountId: id, email, ...more });

  withStore(
    'an address is confirmed once, and belongs to its account from then on',
    async (store) => {
      const { links, accounts } = store;
      for (const id of ['a', 'b']) await accounts.add(account(id));
      await links.add(link(mailedResetId('a'), { kind: 'reset', accountId: 'a' }), NOW);
      await links.add(confirming('a', 'Ada@x.org'), NOW);
      assert.equal(await links.signUp('hash of email a', account('x')), 'invalid');
      assert.equal(await links.reset('hash of email a', 'x', NOW), false);
      assert.equal(await links.confirm('hash of mailed-reset a', NOW), 'invalid');
      assert.equal(await links.confirm('hash of email a', NOW + 1_000), 'invalid');
      const rivals = Array.from({ length: 6 }, () => links.confirm('hash of email a', NOW));
      const outcomes = await Promise.all(rivals);
      assert.deepEqual(outcomes.sort(), ['confirmed', ...Array(5).fill('invalid')]);
      const found = await accounts.find({ emailKey: 'ada@x.org' });
      const confirmed = { email: 'Ada@x.org', emailKey: 'ada@x.org', emailConfirmedAt: NOW };
      assert.deepEqual(found, { ...account('a'), ...confirmed });
      assert.equal(
        await links.find('hash of mailed-reset a', NOW),
        undefined,
        'for the old address',
      );
      assert.deepEqual(await actsOf(store), [['confirm-email', 'a']]);
      await accounts.removeEmail('a', { at: NOW, by: 'account:root', act: 'remove-email' });
      const { email, emailConfirmedAt } = (await accounts.find({ id: 'a' })) ?? account('a');
      assert.deepEqual([email, emailConfirmedAt], ['', undefined]);
      assert.equal(await accounts.find({ emailKey: 'ada@x.org' }), undefined);
      await accounts.removeEmail('b');
      assert.equal((await accounts.list({ after: '', limit: 9 })).length, 2);
    },
  );

  withStore('an address that several confirm at once has one account', async (one, database) => {
    await using two = await database.open();
    const ids = ['holder', ...Array.from({ length: 8 }, (_, i) => `r${i}`)];
    for (const id of ids) {
      const own = id === 'holder' ? { email: 'x@x.org', emailKey: 'x@x.org' } : {};
      await one.accounts.add(account(id, own));
      if (id !== 'holder') await one.links.add(confirming(id, 'x@x.org'), NOW);
    }
    const outcomes = await Promise.all(
      ids.slice(1).map((id, i) => (i % 2 ? one : two).links.confirm(`hash of email ${id}`, NOW)),
    );
    assert.deepEqual(outcomes.sort(), ['confirmed', ...Array(7).fill('taken')]);
    const all = await one.accounts.list({ after: '', limit: 99 });
    const having = all.filter(({ email }) => email === 'x@x.org');
    assert.equal(having.length, 1);
    assert.equal(having[0]?.emailConfirmedAt, NOW);
    assert.equal(all.find(({ id }) => id === 'holder')?.email, '', 'it had not confirmed it');
    const [loser = ''] = ids.filter((id) => id !== 'holder' && id !== having[0]?.id);
    assert.equal(await two.links.confirm(`hash of email ${loser}`, NOW), 'taken', 'it is not used');
  });

  withStore('a mailed link for a password is made once in a while', async (one, database) => {
    await using two = await database.open();
    await one.accounts.add(account('a'));
    const mailed = (hash: string, at: number) =>
      link(mailedResetId('a'), { kind: 'reset', accountId: 'a', hash, expiresAt: at + 3_600_000 });
    const QUIET = 900_000;
    const add = (store: OpenedStore, hash: string, at: number) =>
      store.links.add(mailed(hash, at), at, undefined, QUIET);
    const added = await Promise.all(
      Array.from({ length: 10 }, (_, i) => add(i % 2 ? one : two, `h${i}`, NOW)),
    );
    assert.equal(added.filter(Boolean).length, 1);
    assert.equal(await add(one, 'soon', NOW + QUIET - 1), false);
    assert.equal(await add(two, 'later', NOW + QUIET), true);
    await one.links.add(link(resetLinkId('a'), { kind: 'reset', accountId: 'a' }), NOW);
    assert.ok(await one.links.find('later', NOW), "an administrator's link is another one");
    assert.ok(await one.links.reset('later', 'hash-2', NOW));
    assert.equal(await one.links.find('hash of reset a', NOW), undefined, 'both are gone');
  });

  withStore('a removed account leaves no link', async ({ links, accounts }) => {
    await accounts.add(account('a'));
    await links.add(confirming('a', 'x@x.org'), NOW);
    await links.add(link(mailedResetId('a'), { kind: 'reset', accountId: 'a' }), NOW);
    await accounts.remove('a');
    assert.equal(await links.removeExpired(Number.MAX_SAFE_INTEGER), 0);
  });

  withStore(
    'of links with one id that several make at once, one is left',
    async (one, database) => {
      await using two = await database.open();
      for (const id of ['first', 'reset a']) {
        const hashes = Array.from({ length: 20 }, (_, i) => `${id} ${i}`);
        const added = hashes.map((hash, i) =>
          (i % 2 ? one : two).links.add(link(id, { kind: 'reset', hash, accountId: 'a' }), NOW),
        );
        assert.deepEqual(new Set(await Promise.all(added)), new Set([true]));
        const found = await Promise.all(hashes.map((hash) => two.links.find(hash, NOW)));
        const left = found.filter((each) => each !== undefined);
        assert.equal(left.length, 1);
        assert.equal(await one.links.remove(id), true);
        assert.equal(await two.links.remove(id), false);
      }
    },
  );

  withStore('links are taken back, removed when they are over, and limited', async (store) => {
    const { links } = store;
    await links.add(link('a'), NOW);
    await links.add(link('b', { expiresAt: NOW + 5_000 }), NOW);
    await links.add(link('c', { kind: 'reset' }), NOW);
    await links.add(link('d', { uses: 0 }), NOW);
    const listed = async (after: string, limit: number, now = NOW) =>
      (await links.invitations({ after, limit, now })).map(({ id }) => id);
    assert.deepEqual(await listed('', 9), ['a', 'b']);
    assert.deepEqual(await listed('', 1), ['a']);
    assert.deepEqual(await listed('a', 9), ['b']);
    assert.deepEqual(await listed('', 9, NOW + 1_000), ['b']);
    const act = { at: NOW, by: 'account:root', act: 'withdraw' };
    assert.equal(await links.remove('a', act), true);
    assert.equal(await links.remove('a', act), false);
    assert.equal(await links.signUp('hash of a', account('x')), 'invalid');
    assert.equal(await links.removeExpired(NOW + 1_000), 2);
    assert.equal(await links.removeExpired(NOW + 5_000), 1);
    assert.deepEqual(await actsOf(store), [['withdraw', undefined]]);
    assert.ok(LINKS_MAX >= 1_000);
  });

  withStore('many links of one kind leave space for the others', async (store, database) => {
    const rows = Array.from(
      { length: LINKS_MAX },
      (_, i) => `('e${i}', 'email', 'h${i}', 'a', 'x', 1, ${NOW + 1_000})`,
    );
    await database.execute(
      `INSERT INTO link (id, kind, hash, account_id, email, uses, expires_at) VALUES ${rows.join()}`,
    );
    const { links } = store;
    assert.equal(await links.add(confirming('b', 'x@x.org'), NOW), false);
    const reset = link(mailedResetId('b'), { kind: 'reset', accountId: 'b' });
    assert.equal(await links.add(reset, NOW), true);
    assert.equal(await links.add(link('i'), NOW), true);
  });
}
