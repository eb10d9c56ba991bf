import assert from 'node:assert/strict';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { EVERY_PRIVATE_CHANNEL, type Viewer } from '@parley/kit/viewer.ts';
import {
  AT,
  messageDraft,
  outcomes,
  page,
  STORES,
  testsOn,
} from '@parley/testkit/databases/log-stores.ts';
import { MEMBERS_MAX } from '../decide/decide-access.ts';
import type { OpenedStore } from '../opened-store.ts';
import type { AccessChange, Actor } from '../people/access.ts';
import { resetLinkId } from '../people/links.ts';
import type { ChannelQuery, Draft } from '../store.ts';

const ADA: Actor = { account: 'ada', admin: false };
const BOB: Actor = { account: 'bob', admin: false };
const ADMIN: Actor = { account: 'root', admin: true };
const SERVICE: Actor = { account: undefined, admin: false };

async function addAccounts({ accounts }: OpenedStore, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    const keys = { nameKey: id, email: id, emailKey: id, passwordHash: 'x' };
    await accounts.add({ id, username: id, ...keys, admin: false, at: 0 });
  }
}

const changeBy = (by: Actor, more: { private: boolean } | { add: string } | { remove: string }) =>
  ({ channel: 'secret', by, at: AT, ...more }) as AccessChange;

const hi = (viewer: Viewer, more = {}) => messageDraft('secret', 'hi', { viewer, ...more });

const RANGE = { after: 0, before: 99, limit: 9, newest: false };

/** Every kind of draft for a channel, as a viewer. */
function draftsOf(viewer: Viewer): Draft[] {
  const common = { channel: 'secret', viewer, server: 'chat-1', at: AT };
  const change = { ...common, ref: 1, by: 'x', admin: true };
  return [
    hi(viewer),
    hi(viewer, { key: 'known' }),
    hi(viewer, { replyTo: 1 }),
    { ...common, kind: 'event', username: '', author: null, type: 'probe', data: '1' },
    { ...change, kind: 'vote', value: 1 },
    { ...change, kind: 'edit', message: 'x' },
    { ...change, kind: 'reaction', emoji: '👍', added: true },
    { ...change, kind: 'delete' },
    { ...common, kind: 'close' },
    { ...common, kind: 'reopen' },
  ];
}

for (const store of STORES) {
  const test = testsOn(store);

  test('a private channel is there for its members and for services only', async (open) => {
    await addAccounts(open, 'ada', 'bob');
    assert.deepEqual(await open.access.change(changeBy(ADA, { private: true })), {
      changed: 'members',
    });
    await open.append([messageDraft('open', 'hi')]);
    const stored = await open.append([hi('ada', { key: 'known' }), hi(EVERY_PRIVATE_CHANNEL)]);
    assert.deepEqual(
      stored.map((result) => result.outcome === 'stored' && result.private),
      [true, true],
    );
    for (const viewer of [null, 'bob', undefined]) {
      assert.deepEqual(
        await page(open, { channel: 'secret', ...(viewer !== undefined && { viewer }) }),
        {
          epoch: null,
          head: 0,
          events: [],
          closed: false,
        },
      );
      const thread = { channel: 'secret', viewer: viewer ?? null, thread: 1, ...RANGE };
      assert.equal(await open.thread(thread), undefined);
      const names = (await open.channels({ after: '', limit: 9, viewer: viewer ?? null })).map(
        ({ channel }) => channel,
      );
      assert.deepEqual(names, ['open']);
      const hidden = { after: '', limit: 9, names: ['secret'], viewer: viewer ?? null };
      assert.deepEqual(await open.channels(hidden), []);
      assert.deepEqual(await open.preview(hi(viewer ?? null), AT), {
        side: 'private',
        refusal: 'no-channel',
      });
      assert.deepEqual(outcomes(await open.append(draftsOf(viewer ?? null))), [
        'no-channel',
        'no-channel',
        'not-found',
        'no-channel',
        'not-found',
        'not-found',
        'not-found',
        'not-found',
        'no-channel',
        'unchanged',
      ]);
    }
    for (const viewer of ['ada', EVERY_PRIVATE_CHANNEL]) {
      assert.equal((await page(open, { channel: 'secret', viewer })).head, 2);
      const listed = await open.channels({ after: '', limit: 9, viewer });
      assert.deepEqual(
        listed.map(({ channel, private: isPrivate }) => [channel, isPrivate]),
        [
          ['open', undefined],
          ['secret', true],
        ],
      );
      const privateOnes = await open.channels({ after: '', limit: 9, viewer, onlyPrivate: true });
      assert.deepEqual(
        privateOnes.map(({ channel }) => channel),
        ['secret'],
      );
      assert.deepEqual(await open.preview(hi(viewer), AT), { side: 'private', refusal: undefined });
    }
    assert.deepEqual(
      await open.channels({ after: '', limit: 9, viewer: 'bob', onlyPrivate: true }),
      [],
    );
    const [state] = await open.access.privateAmong(['open', 'secret', 'nowhere']);
    assert.deepEqual([state?.channel, state?.head, state?.members], ['secret', 2, ['ada']]);
  });

  test('the maker and administrators change who may enter, and members leave', async (open) => {
    const { access } = open;
    await addAccounts(open, 'ada', 'bob', 'root', 'eve');
    await open.append([messageDraft('secret', 'first', { author: accountSubject('ada') })]);
    assert.equal((await access.find('secret'))?.maker, 'ada');
    for (const by of [BOB, SERVICE])
      assert.deepEqual(await access.change(changeBy(by, { private: true })), {
        refused: 'forbidden',
      });
    assert.deepEqual(await access.change(changeBy(ADA, { private: true })), { changed: 'private' });
    for (const by of [BOB, SERVICE]) {
      for (const change of [
        { private: false },
        { private: true },
        { add: 'eve' },
        { remove: 'ada' },
      ])
        assert.deepEqual(await access.change(changeBy(by, change)), { refused: 'not-found' });
    }
    assert.deepEqual(await access.change(changeBy(ADA, { add: 'bob' })), { changed: 'members' });
    assert.deepEqual(await access.change(changeBy(ADA, { add: 'bob' })), { changed: undefined });
    assert.deepEqual(await access.change(changeBy(BOB, { add: 'eve' })), { refused: 'forbidden' });
    assert.deepEqual(await access.change(changeBy(ADMIN, { add: 'eve' })), { changed: 'members' });
    assert.deepEqual(
      (await access.find('secret'))?.members.map(({ username }) => username),
      ['ada', 'bob', 'eve'],
    );
    assert.deepEqual(await access.change(changeBy(BOB, { remove: 'bob' })), { changed: 'members' });
    assert.deepEqual(await access.change(changeBy(BOB, { remove: 'bob' })), {
      refused: 'not-found',
    });
    assert.deepEqual(outcomes(await open.append([hi('bob')])), ['no-channel']);
    assert.deepEqual(await access.change(changeBy(ADA, { remove: 'ada' })), { changed: 'members' });
    // A maker that has left is no member any more.
    assert.deepEqual(await access.change(changeBy(ADA, { add: 'ada' })), { refused: 'not-found' });
    assert.deepEqual(await access.change(changeBy(ADMIN, { private: false })), {
      changed: 'public',
    });
    assert.deepEqual(outcomes(await open.append([hi(null)])), ['stored']);
    assert.equal((await page(open, { channel: 'secret' })).head, 2);
  });

  test('an account that is removed is no member', async (open) => {
    await addAccounts(open, 'ada', 'bob');
    await open.access.change(changeBy(ADA, { private: true }));
    await open.access.change(changeBy(ADA, { add: 'bob' }));
    await open.accounts.remove('bob');
    assert.deepEqual(
      (await open.access.find('secret'))?.members.map(({ id }) => id),
      ['ada'],
    );
    assert.equal((await page(open, { channel: 'secret', viewer: 'bob' })).epoch, null);
  });

  test('of an account that is removed nothing is kept but what it wrote', async (open, database) => {
    await addAccounts(open, 'ada', 'bob');
    const [ada, bob] = [accountSubject('ada'), accountSubject('bob')];
    await open.append([messageDraft('made', 'hi', { author: bob, username: 'bob' })]);
    await open.append([messageDraft('general', 'hi @bob and @ada')]);
    await open.access.change(changeBy(BOB, { private: true }));
    const mute = (channel: string, subject: string, until: number) =>
      open.mutes.mute({ channel, subject, username: subject, until }, AT);
    await mute('general', ada, AT + 1_000);
    await mute('general', bob, AT + 2_000);
    await mute('made', bob, AT + 2_000);
    for (const accountId of ['ada', 'bob']) {
      await open.readPositions.mark([{ accountId, channel: 'general', seq: 1 }]);
      const id = resetLinkId(accountId);
      const link = { id, kind: 'reset', hash: id, accountId, uses: 1, expiresAt: AT + 1 } as const;
      await open.links.add(link, AT);
    }
    const rows = async () => {
      const tables = ['member', 'mute', 'read_position', 'mention', 'link'];
      return Promise.all(tables.map((table) => database.count(table)));
    };
    assert.deepEqual(await rows(), [1, 3, 2, 2, 2]);
    await open.accounts.remove('bob');
    assert.deepEqual(await rows(), [0, 1, 1, 1, 1]);
    const channels = await database.execute(
      'SELECT name, maker, muted_until FROM channel ORDER BY name',
    );
    assert.deepEqual(
      channels.map(({ name, maker, muted_until }) => [name, maker, Number(muted_until)]),
      [
        ['general', null, AT + 1_000],
        ['made', '', 0],
        ['secret', '', 0],
      ],
    );
    await open.access.change({ ...changeBy(ADMIN, { private: true }), channel: 'made' });
    assert.equal(await database.count('member'), 1, 'only the administrator');
    assert.equal((await page(open, { channel: 'made', viewer: EVERY_PRIVATE_CHANNEL })).head, 1);
  });

  test('a private channel has a bounded number of members', async (open, database) => {
    await open.access.change(changeBy(ADA, { private: true }));
    const [row] = await database.execute('SELECT channel_id FROM member');
    const rows = Array.from({ length: MEMBERS_MAX - 2 }, (_, i) => `(${row?.channel_id}, 'm${i}')`);
    await database.execute(`INSERT INTO member (channel_id, account_id) VALUES ${rows.join()}`);
    assert.equal('refused' in (await open.access.change(changeBy(ADA, { add: 'last' }))), false);
    assert.equal(await database.count('member'), MEMBERS_MAX);
    assert.deepEqual(await open.access.change(changeBy(ADA, { add: 'more' })), {
      refused: 'too-many-members',
    });
  });

  test('the same people get one direct channel, in any order and at the same time', async (_, database) => {
    const stores = [await database.open(), await database.open()];
    await using stack = new AsyncDisposableStack();
    for (const one of stores) stack.use(one);
    const people = ['ada', 'bob', 'cyd'];
    const asked = Array.from({ length: 24 }, (_, i) => {
      const turned = [...people.slice(i % 3), ...people.slice(0, i % 3)];
      return stores[i % 2]?.access.direct(turned, `direct-${i}`, AT);
    });
    const answers = await Promise.all(asked);
    assert.equal(new Set(answers.map((answer) => answer?.channel)).size, 1);
    assert.equal(answers.filter((answer) => answer?.made).length, 1);
    const [first] = answers;
    const two = await stores[0]?.access.direct(['ada', 'bob'], 'direct-two', AT);
    assert.notEqual(two?.channel, first?.channel);
    assert.equal(await database.count('member'), 5);
    const [one] = stores;
    for (const change of [{ private: false }, { add: 'eve' }, { remove: 'ada' }]) {
      for (const by of [ADA, ADMIN]) {
        const outcome = await one?.access.change({
          ...changeBy(by, change),
          channel: first?.channel ?? '',
        });
        assert.deepEqual(outcome, { refused: 'forbidden' });
      }
    }
  });

  test('a private channel without events is listed for its members, with the time when it was made', async (open) => {
    await addAccounts(open, 'ada', 'bob', 'cyd');
    await open.access.change(changeBy(ADA, { private: true }));
    await open.access.direct(['bob', 'ada', 'cyd'], 'talk', AT + 1);
    await open.append([messageDraft('made-public', 'hi', { viewer: 'ada' })]);
    await open.access.change({ ...changeBy(ADMIN, { private: true }), channel: 'empty' });
    await open.access.change({ ...changeBy(ADMIN, { add: 'ada' }), channel: 'empty' });
    await open.access.change({ ...changeBy(ADMIN, { private: false }), channel: 'empty' });
    const listed = async (viewer: Viewer, more: Partial<ChannelQuery> = {}) => {
      const found = await open.channels({ after: '', limit: 9, viewer, ...more });
      return found.map(({ channel, head, at }) => [channel, head, at]);
    };
    const known = ['made-public', 1, AT];
    const own = ['secret', 0, AT];
    const talk = ['talk', 0, AT + 1];
    assert.deepEqual(await listed('ada'), [known, own, talk]);
    assert.deepEqual(await listed('ada', { onlyPrivate: true }), [own, talk]);
    const newest = { onlyPrivate: true, newestFirst: true };
    assert.deepEqual(await listed('ada', newest), [talk, own]);
    assert.deepEqual(await listed('ada', { ...newest, limit: 1 }), [talk]);
    assert.deepEqual(await listed('bob', newest), [talk]);
    assert.deepEqual(await listed('eve', newest), []);
    assert.deepEqual(await listed('ada', { names: ['secret', 'empty'] }), [own]);
    assert.deepEqual(await listed('bob'), [known, talk]);
    for (const viewer of ['eve', EVERY_PRIVATE_CHANNEL, null]) {
      assert.deepEqual(await listed(viewer), [known]);
      assert.deepEqual(await listed(viewer, { onlyPrivate: true }), []);
    }
  });

  test('the other people of direct channels are read at once, sorted', async (open) => {
    await addAccounts(open, 'ada', 'bob', 'cyd');
    await open.access.change(changeBy(ADA, { private: true }));
    await open.access.direct(['cyd', 'ada', 'bob'], 'three', AT);
    await open.access.direct(['ada'], 'alone', AT);
    const channels = ['secret', 'three', 'alone', 'none'];
    const others = async (account: string) =>
      Object.fromEntries(await open.access.othersIn(channels, account));
    assert.deepEqual(await others('ada'), { three: ['bob', 'cyd'], alone: [] });
    await open.accounts.remove('cyd');
    assert.deepEqual(await others('ada'), { three: ['bob'], alone: [] });
    assert.equal((await open.access.othersIn([], 'ada')).size, 0);
  });

  test('a new private channel has one maker, though several ask at once', async (_, database) => {
    const stores = [await database.open(), await database.open()];
    await using stack = new AsyncDisposableStack();
    for (const one of stores) stack.use(one);
    const outcomesOf = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        stores[i % 2]?.access.change(
          changeBy({ account: `a${i}`, admin: false }, { private: true }),
        ),
      ),
    );
    const made = outcomesOf.filter((outcome) => outcome && 'changed' in outcome);
    assert.equal(made.length, 1);
    assert.equal(await database.count('member'), 1);
  });
}
