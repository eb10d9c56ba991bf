import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldName } from '@parley/contract/accounts/fold.ts';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { isMessage } from '@parley/contract/events/event.ts';
import {
  messageDraft,
  outcomes,
  page,
  STORES,
  type StoreDatabase,
  seqs,
  upTo,
} from '@parley/testkit/databases/log-stores.ts';
import type { OpenedStore } from '../opened-store.ts';
import type { Account } from '../people/accounts.ts';
import type { Draft, MessageDraft } from '../store.ts';

function account(username: string): Account {
  const email = `${foldName(username)}@example.org`;
  const keys = { nameKey: foldName(username), email, emailKey: email };
  return { id: username, username, ...keys, passwordHash: 'x', admin: false, at: 0 };
}

const as = (username: string, more: Partial<MessageDraft> = {}) =>
  messageDraft('general', 'hi', { username, ...more });
const ADA = accountSubject('Ada');

for (const [name, makePlace, options] of STORES) {
  const withStore = (
    what: string,
    body: (store: OpenedStore, place: StoreDatabase) => Promise<void>,
  ) =>
    test(`${name}: ${what}`, options, async (t) => {
      const place = makePlace(t);
      await using store = await place.open();
      await body(store, place);
    });

  withStore('only an account can post under its own name', async (store) => {
    await store.accounts.add(account('Ada'));
    await store.accounts.add(account('Straße'));
    const batch: [draft: MessageDraft, outcome: string][] = [
      [as('ada'), 'name-taken'],
      [as('Ada'), 'name-taken'],
      [as('Ada', { author: ADA }), 'stored'],
      [as('ＡＤＡ'), 'name-taken'],
      [as('a\u200bda'), 'name-taken'],
      [as('Ada', { author: 'a program' }), 'name-taken'],
      [as('Ada', { author: 'https://id.example#Ada' }), 'name-taken'],
      [as('Ada', { author: accountSubject('Straße') }), 'name-taken'],
      [as('STRASSE'), 'name-taken'],
      [as('straße', { author: accountSubject('Straße') }), 'stored'],
      [as('Adam'), 'stored'],
      [as('адa'), 'stored'],
      [as('\u200b'), 'stored'],
      [as('eve', { author: ADA }), 'stored'],
      [as('ada', { imported: true }), 'stored'],
    ];
    const results = await store.append(batch.map(([draft]) => draft));
    assert.deepEqual(
      outcomes(results),
      batch.map(([, outcome]) => outcome),
    );
    assert.deepEqual(await seqs(store), upTo(7));
  });

  withStore('only an account can post under a name that looks like its own', async (store) => {
    await store.accounts.add(account('Ada'));
    await store.accounts.add(account('Ivan'));
    await store.accounts.add(account('Вера'));
    const alike = [
      '\u0430d\u0430',
      'A\u2800da',
      'A\ufff9da',
      '\u{1d400}da',
      'a\u200ada',
      '\u0391da',
      'a\u00adda',
      'lvan',
      'IVAN',
      '\u0456v\u0430n',
      'ⅰvan',
      'Bepa',
      'BEPA',
      'ВЕРА',
    ];
    for (const username of alike) {
      const outcome = outcomes(await store.append([as(username)]));
      assert.deepEqual([username, ...outcome], [username, 'name-taken']);
    }
    const own = as('\u0430d\u0430', { author: ADA });
    const apart = [own, as('adam'), as('ad'), as('a da'), as('äda'), as('ivana'), as('vera')];
    assert.deepEqual(
      outcomes(await store.append(apart)),
      apart.map(() => 'stored'),
    );
    assert.equal(await store.accounts.add(account('\u0430d\u0430')), false);
    await store.accounts.remove('Ada');
    assert.equal(await store.accounts.add(account('\u0430d\u0430')), true);
    assert.deepEqual(outcomes(await store.append([as('Ada')])), ['name-taken']);
  });

  withStore('a post with a refused name creates no channel', async (store) => {
    await store.accounts.add(account('Ada'));
    const channels = (names?: string[]) =>
      store.channels({ after: '', limit: 9, ...(names && { names }) });
    assert.deepEqual(outcomes(await store.append([as('ada')])), ['name-taken']);
    assert.deepEqual(await page(store), { epoch: null, head: 0, events: [], closed: false });
    assert.deepEqual([await channels(), await channels(['general'])], [[], []]);
    await store.append([as('bob')]);
    assert.deepEqual(await seqs(store), [1]);
    assert.equal((await channels()).length, 1);
  });

  withStore('a post that is refused leaves no row of its channel', async (store, place) => {
    await store.accounts.add(account('Ada'));
    const refused = upTo(100).map((i) => as('ada', { channel: `refused ${i}` }));
    const { server, at } = as('ada');
    const change = { ref: 1, by: 'ada', admin: true, server, at };
    const others: Draft[] = [
      { ...change, kind: 'vote', value: 1, channel: 'voted' },
      { ...change, kind: 'edit', message: 'x', channel: 'edited' },
      { ...change, kind: 'delete', channel: 'deleted' },
      { kind: 'reopen', channel: 'reopened', server, at },
    ];
    const results = await store.append([...refused, ...others]);
    assert.deepEqual(outcomes(results), [
      ...refused.map(() => 'name-taken'),
      'not-found',
      'not-found',
      'not-found',
      'unchanged',
    ]);
    assert.equal(await place.count('channel'), 0);
    const mixed = [as('ada', { channel: 'mixed' }), as('bob', { channel: 'mixed' })];
    assert.deepEqual(outcomes(await store.append(mixed)), ['name-taken', 'stored']);
    assert.equal(await place.count('channel'), 1);
  });

  withStore('a repeat from before the sign-up gets the first message', async (store) => {
    const early = as('ada', { key: 'k' });
    assert.deepEqual(outcomes(await store.append([early])), ['stored']);
    await store.accounts.add(account('Ada'));
    const late = [early, as('ada', { key: 'k', message: 'else' }), as('ada', { key: 'l' })];
    assert.deepEqual(outcomes(await store.append(late)), [
      'replayed',
      'idempotency-mismatch',
      'name-taken',
    ]);
    await store.accounts.remove('Ada');
    assert.deepEqual(outcomes(await store.append([as('ada')])), ['stored']);
  });

  withStore('after sign-up a name belongs to its account on every replica', async (one, place) => {
    await using two = await place.open();
    let signedUp = false;
    const post = async (store: OpenedStore, channel: string) => {
      const late: string[] = [];
      while (late.length < 5) {
        const isLate = signedUp;
        const [outcome = ''] = outcomes(await store.append([as('ada', { channel })]));
        if (isLate) late.push(outcome);
      }
      return late;
    };
    const posting = [one, two, one, two].map((store, i) => post(store, `general-${i % 3}`));
    await one.append([as('bob')]);
    assert.equal(await two.accounts.add(account('Ada')), true);
    signedUp = true;
    const late = (await Promise.all(posting)).flat();
    assert.deepEqual([...new Set(late)], ['name-taken']);
    const [stored] = await two.append([as('ada', { author: ADA })]);
    assert.ok(stored?.outcome === 'stored' && isMessage(stored.event));
  });
}
