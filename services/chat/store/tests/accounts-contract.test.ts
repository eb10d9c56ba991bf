import assert from 'node:assert/strict';
import { STORES, testsOn } from '@parley/testkit/databases/log-stores.ts';
import type { Account, Session } from '../people/accounts.ts';

const NOW = Date.UTC(2026, 10, 21);
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
const omri: Account = {
  id: 'o',
  username: 'עמרי 😀',
  nameKey: 'עמרי 😀',
  email: 'o@x.org',
  emailKey: 'o@x.org',
  passwordHash: '',
  providerSubject: 'https://login.example#7',
  admin: true,
  at: NOW,
};

function session(sid: string, more: Partial<Session> = {}): Session {
  return {
    secretHash: `secret of ${sid}`,
    sid,
    accountId: 'a',
    at: NOW,
    expiresAt: NOW + 1000,
    ...more,
  };
}

for (const kind of STORES) {
  const withStore = testsOn(kind);

  withStore('an account is found unchanged by each of its keys', async ({ accounts }) => {
    assert.equal(await accounts.add(ada), true);
    assert.equal(await accounts.add(omri), true);
    assert.deepEqual(await accounts.find({ id: 'a' }), ada);
    assert.deepEqual(await accounts.find({ nameKey: 'עמרי 😀' }), omri);
    assert.deepEqual(await accounts.find({ emailKey: 'ada@x.org' }), ada);
    assert.deepEqual(await accounts.find({ providerSubject: 'https://login.example#7' }), omri);
    assert.equal(await accounts.find({ providerSubject: 'https://login.example#8' }), undefined);
    assert.equal(await accounts.find({ nameKey: 'Ada' }), undefined);
    assert.deepEqual(await accounts.list({ after: '', limit: 1 }), [ada]);
    assert.deepEqual(await accounts.list({ after: 'ada', limit: 9 }), [omri]);
    assert.deepEqual(await accounts.list({ after: '', limit: 9, begins: 'a' }), [ada]);
    assert.deepEqual(await accounts.list({ after: '', limit: 9, begins: 'עמ' }), [omri]);
    assert.deepEqual(await accounts.list({ after: 'ada', limit: 9, begins: 'a' }), []);
  });

  withStore('a name and an address have one account, even in a race', async ({ accounts }) => {
    const rivals = Array.from({ length: 10 }, (_, i) => ({
      ...ada,
      id: `rival-${i}`,
      ...(i % 2 ? { nameKey: `ada ${i}` } : { emailKey: `ada@${i}.org` }),
    }));
    const added = await Promise.all([ada, ...rivals].map((one) => accounts.add(one)));
    const left = await accounts.list({ after: '', limit: 99 });
    assert.equal(added.filter(Boolean).length, left.length);
    assert.equal(new Set(left.map(({ nameKey }) => nameKey)).size, left.length);
    assert.equal(new Set(left.map(({ emailKey }) => emailKey)).size, left.length);
  });

  withStore('a person at a provider has one account, even in a race', async ({ accounts }) => {
    const rivals = Array.from({ length: 5 }, (_, i) => ({
      ...omri,
      id: `rival-${i}`,
      username: `rival ${i}`,
      nameKey: `rival ${i}`,
      emailKey: `none rival-${i}`,
    }));
    const added = await Promise.all(rivals.map((one) => accounts.add(one)));
    assert.deepEqual(added.filter(Boolean), [true]);
    const [left] = await accounts.list({ after: '', limit: 9 });
    assert.deepEqual(await accounts.find({ providerSubject: omri.providerSubject ?? '' }), left);
    await accounts.remove(left?.id ?? '');
    assert.equal(await accounts.add(omri), true);
  });

  withStore('a change affects one property of one account only', async ({ accounts }) => {
    await accounts.add(ada);
    await accounts.add(omri);
    await accounts.setAdmin('a', true);
    await accounts.setPassword('a', 'hash-3');
    assert.deepEqual(await accounts.find({ id: 'a' }), {
      ...ada,
      admin: true,
      passwordHash: 'hash-3',
    });
    assert.deepEqual(await accounts.find({ id: 'o' }), omri);
    await accounts.remove('a');
    assert.deepEqual(await accounts.list({ after: '', limit: 9 }), [omri]);
  });

  withStore('a session is found until it expires or is ended', async ({ accounts }) => {
    await accounts.add(ada);
    const one = session('one');
    assert.equal(await accounts.openSession(one, 'hash-1'), true);
    const found = { session: one, account: ada };
    assert.deepEqual(await accounts.findSession({ secretHash: one.secretHash }, NOW), found);
    assert.deepEqual(await accounts.findSession({ sid: 'one' }, NOW + 999), found);
    assert.equal(await accounts.findSession({ sid: 'one' }, NOW + 1000), undefined);
    assert.equal(await accounts.findSession({ sid: 'secret of one' }, NOW), undefined);
    const ended = [{ sid: 'one', endedAt: NOW + 5 }];
    assert.deepEqual(await accounts.endSessions({ accountId: 'a' }, NOW + 5), ended);
    assert.equal(await accounts.findSession({ sid: 'one' }, NOW), undefined);
    assert.deepEqual(await accounts.endedSince(NOW + 5), ended);
    assert.deepEqual(await accounts.endedSince(NOW + 6), []);
    assert.deepEqual(await accounts.endSessions({ accountId: 'a' }, NOW + 7), []);
  });

  withStore('no session is opened with an old password', async ({ accounts }) => {
    await accounts.add(ada);
    assert.equal(await accounts.openSession(session('early'), 'hash-1'), true);
    await accounts.setPassword('a', 'hash-4');
    assert.equal(await accounts.openSession(session('late'), 'hash-1'), false);
    assert.equal(await accounts.openSession(session('gone', { accountId: 'z' }), 'hash-1'), false);
    assert.equal(await accounts.findSession({ sid: 'late' }, NOW), undefined);
    await accounts.remove('a');
    assert.equal(await accounts.findSession({ sid: 'early' }, NOW), undefined);
  });

  withStore('a suspended account has no session, and gets none', async ({ accounts }) => {
    await accounts.add(ada);
    await accounts.add(omri);
    await accounts.openSession(session('early'), 'hash-1');
    await accounts.openSession(session('other', { accountId: 'o' }), '');
    assert.deepEqual(await accounts.suspend('a', NOW + 5), [{ sid: 'early', endedAt: NOW + 5 }]);
    assert.equal(await accounts.suspend('a', NOW + 6), false);
    assert.equal(await accounts.suspend('z', NOW + 6), false);
    assert.deepEqual(await accounts.find({ id: 'a' }), { ...ada, suspendedAt: NOW + 5 });
    assert.equal(await accounts.openSession(session('late'), 'hash-1'), false);
    assert.ok(await accounts.findSession({ sid: 'other' }, NOW));
    await accounts.suspend('o', NOW + 7);
    assert.deepEqual(await accounts.suspended(9), ['o', 'a']);
    assert.deepEqual(await accounts.suspended(1), ['o']);
    assert.equal(await accounts.restore('a'), true);
    assert.equal(await accounts.restore('a'), false);
    assert.deepEqual(await accounts.find({ id: 'a' }), ada);
    assert.equal(await accounts.openSession(session('late'), 'hash-1'), true);
  });

  withStore('one session of an account ends, or all but one', async ({ accounts }) => {
    await accounts.add(ada);
    await accounts.add(omri);
    for (const sid of ['1', '2', '3']) await accounts.openSession(session(sid), 'hash-1');
    await accounts.openSession(session('other', { accountId: 'o' }), '');
    const end = async (choice: { only?: string; except?: string }) =>
      (await accounts.endSessions({ accountId: 'a', ...choice }, NOW)).map(({ sid }) => sid).sort();
    assert.deepEqual(await end({ only: 'other' }), []);
    assert.deepEqual(await end({ only: '1' }), ['1']);
    assert.deepEqual(await end({ except: '2' }), ['3']);
    assert.deepEqual(await end({}), ['2']);
    assert.ok(await accounts.findSession({ sid: 'other' }, NOW));
  });

  withStore('all but the newest sessions of an account end', async ({ accounts }) => {
    await accounts.add(ada);
    await accounts.add(omri);
    for (const [i, sid] of ['c', 'a', 'd', 'b'].entries())
      await accounts.openSession(session(sid, { at: NOW + i }), 'hash-1');
    await accounts.openSession(session('other', { accountId: 'o' }), '');
    await accounts.openSession(session('expired', { at: NOW + 9, expiresAt: NOW }), 'hash-1');
    const end = async (keep: number) =>
      (await accounts.endSessions({ accountId: 'a', keep }, NOW)).map(({ sid }) => sid).sort();
    assert.deepEqual(await end(4), []);
    assert.deepEqual(await end(2), ['a', 'c']);
    assert.deepEqual(await end(2), []);
    assert.ok(await accounts.findSession({ sid: 'd' }, NOW));
    assert.ok(await accounts.findSession({ sid: 'other' }, NOW));
  });

  withStore('sessions that are over are removed, and no others', async ({ accounts }) => {
    await accounts.add(ada);
    for (const sid of ['expired', 'ended', 'alive']) {
      const expiresAt = sid === 'expired' ? NOW + 10 : NOW + 1000;
      await accounts.openSession(session(sid, { expiresAt }), 'hash-1');
    }
    await accounts.endSessions({ accountId: 'a', only: 'ended' }, NOW + 10);
    assert.equal(await accounts.trimSessions(NOW + 10), 0);
    assert.equal(await accounts.trimSessions(NOW + 11), 2);
    assert.ok(await accounts.findSession({ sid: 'alive' }, NOW));
  });
}
