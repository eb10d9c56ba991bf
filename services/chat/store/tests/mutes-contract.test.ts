import assert from 'node:assert/strict';
import { STORES, testsOn } from '@parley/testkit/databases/log-stores.ts';
import type { OpenedStore } from '../opened-store.ts';
import { MUTES_MAX } from '../people/mutes.ts';
import type { Appended, Draft, MessageDraft } from '../store.ts';

const NOW = Date.UTC(2026, 10, 21);
const EVE = 'account:e';
const act = (name: string) => ({ at: NOW, by: 'root', act: name });

function post(more: Partial<MessageDraft> = {}): MessageDraft {
  const common = { channel: 'lobby', server: 's', at: NOW, username: 'eve', message: 'hi' };
  return { ...common, kind: 'message', author: EVE, ...more };
}

function reasonOf(appended: Appended | undefined) {
  return appended?.outcome === 'refused' ? appended.reason : appended?.outcome;
}

for (const kind of STORES) {
  const withStore = testsOn(kind);
  const mute = (
    { mutes }: OpenedStore,
    { until = NOW + 1_000, channel = 'lobby', subject = EVE, now = NOW } = {},
  ) => mutes.mute({ channel, subject, username: subject, until }, now);
  const outcomes = async (store: OpenedStore, drafts: Draft[]) =>
    (await store.append(drafts)).map(reasonOf);

  withStore(
    'a muted account writes nothing in that channel until the mute is over',
    async (store) => {
      assert.deepEqual(await outcomes(store, [post(), post({ author: 'x' })]), [
        'stored',
        'stored',
      ]);
      assert.equal(await mute(store), 'public');
      const change = { channel: 'lobby', server: 's', at: NOW, ref: 1, by: EVE, admin: false };
      const drafts: Draft[] = [
        post(),
        { ...post(), kind: 'event', type: 't', data: '1' } as unknown as Draft,
        { ...change, kind: 'vote', value: 1 },
        { ...change, kind: 'edit', message: 'other' },
      ];
      for (const draft of drafts) assert.deepEqual(await outcomes(store, [draft]), ['muted']);
      assert.deepEqual(await outcomes(store, drafts), ['muted', 'muted', 'muted', 'muted']);
      const others = [
        post({ author: 'x' }),
        post({ author: null, username: 'guest' }),
        post({ channel: 'other' }),
        post({ at: NOW + 1_000 }),
        { ...change, kind: 'delete' } as const,
        { ...change, kind: 'vote', value: 1, by: 'x', ref: 2 } as const,
      ];
      assert.deepEqual(new Set(await outcomes(store, others)), new Set(['stored']));
    },
  );

  withStore('the mutes of one account in some channels are listed', async (store) => {
    await mute(store);
    await mute(store, { channel: 'other', until: NOW + 2_000 });
    await mute(store, { channel: 'elsewhere' });
    await mute(store, { channel: 'free', subject: 'account:x' });
    const of = (names: string[], now = NOW) => store.mutes.of(EVE, names, now);
    const found = (await of(['lobby', 'other', 'free', 'none'])).map((one) => ({ ...one }));
    found.sort((a, b) => a.until - b.until);
    assert.deepEqual(found, [
      { channel: 'lobby', until: NOW + 1_000 },
      { channel: 'other', until: NOW + 2_000 },
    ]);
    assert.equal((await of(['lobby', 'other'], NOW + 1_000)).length, 1);
    assert.deepEqual(await of([]), []);
  });

  withStore('a post with a known key is still answered, and a signal is refused', async (store) => {
    await store.append([post({ key: 'k' })]);
    await mute(store);
    assert.deepEqual(await outcomes(store, [post({ key: 'k' })]), ['replayed']);
    assert.equal((await store.preview(post(), NOW)).refusal, 'muted');
    assert.equal((await store.preview(post(), NOW + 1_000)).refusal, undefined);
    assert.equal(
      (await store.preview(post({ author: null, username: 'x' }), NOW)).refusal,
      undefined,
    );
    assert.equal((await store.preview(post({ channel: 'other' }), NOW)).refusal, undefined);
  });

  withStore('a mute is replaced and ended, also in a channel without events', async (store) => {
    const { mutes } = store;
    await mute(store, { until: NOW + 5_000 });
    await mute(store, { until: NOW + 2_000 });
    await mute(store, { until: NOW + 3_000, subject: 'account:f' });
    assert.deepEqual(await mutes.list('lobby', NOW + 2_000), [
      { username: 'account:f', until: NOW + 3_000 },
    ]);
    assert.deepEqual(
      (await mutes.list('lobby', NOW)).map(({ until }) => until - NOW),
      [2_000, 3_000],
    );
    assert.deepEqual(await store.channels({ after: '', limit: 9 }), []);
    assert.deepEqual(await outcomes(store, [post(), post({ at: NOW + 2_000 })]), [
      'muted',
      'stored',
    ]);
    const place = { channel: 'lobby', subject: EVE };
    assert.equal(await mutes.unmute(place, act('unmute')), 'public');
    assert.equal(await mutes.unmute(place, act('unmute')), false);
    assert.equal(await mutes.unmute({ ...place, channel: 'none' }, act('unmute')), false);
    assert.deepEqual(await outcomes(store, [post()]), ['stored']);
    const page = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 9, newest: false };
    assert.deepEqual(
      (await store.audit.page(page)).map(({ act: what }) => what),
      ['unmute'],
    );
  });

  withStore('who posts first is the maker, also where mutes were before', async (store) => {
    for (const channel of ['lobby', 'open', 'inside']) await mute(store, { channel });
    const inside = { channel: 'inside', by: { account: undefined, admin: true }, at: NOW };
    await store.access.change({ ...inside, private: true });
    const by = (account: string | null, channel: string, more: Partial<MessageDraft> = {}) =>
      post({ channel, author: account && `account:${account}`, username: 'x', ...more });
    await store.access.change({ ...inside, add: 'a' });
    const drafts = [
      by('a', 'lobby', { at: NOW + 1_000 }),
      by('b', 'lobby'),
      by(null, 'open'),
      by('a', 'open'),
      by('a', 'inside', { viewer: 'a' }),
      by('a', 'new'),
    ];
    for (const draft of drafts) assert.deepEqual(await outcomes(store, [draft]), ['stored']);
    await mute(store, { channel: 'batch' });
    await store.append([by('a', 'batch'), by('b', 'batch')]);
    const makers = ['lobby', 'open', 'inside', 'new', 'batch'].map(
      async (channel) => (await store.access.find(channel))?.maker,
    );
    assert.deepEqual(await Promise.all(makers), ['a', undefined, undefined, 'a', 'a']);
  });

  withStore('a muted maker changes no access, and may leave', async (store) => {
    const eve = { channel: 'lobby', by: { account: 'e', admin: false }, at: NOW };
    await store.access.change({ ...eve, private: true });
    assert.equal(await mute(store), 'private');
    const admin = { ...eve, by: { account: 'e', admin: true } };
    for (const change of [{ private: false }, { add: 'f' }, { remove: 'f' }])
      assert.deepEqual(await store.access.change({ ...eve, ...change }), { refused: 'muted' });
    assert.deepEqual(await store.access.change({ ...admin, add: 'f' }), { changed: 'members' });
    const later = { ...eve, at: NOW + 1_000 };
    assert.deepEqual(await store.access.change({ ...later, remove: 'f' }), { changed: 'members' });
    const other = { ...eve, by: { account: 'g', admin: false } };
    assert.deepEqual(await store.access.change({ ...other, add: 'g' }), { refused: 'not-found' });
    assert.deepEqual(await store.access.change({ ...eve, remove: 'e' }), { changed: 'members' });
  });

  withStore(
    'a channel has a limited number of mutes, and those that are over make space',
    async (store, database) => {
      await mute(store, { subject: 'account:0' });
      const [row] = await database.execute('SELECT channel_id FROM mute');
      const rows = Array.from({ length: MUTES_MAX - 2 }, (_, i) => {
        const subject = `account:${i + 1}`;
        return `(${row?.channel_id}, '${subject}', '${subject}', ${NOW + 1_000})`;
      });
      await database.execute(
        `INSERT INTO mute (channel_id, subject, username, until_at) VALUES ${rows.join()}`,
      );
      const lasts = Array.from({ length: 20 }, (_, i) => mute(store, { subject: `account:x${i}` }));
      const muted = (await Promise.all(lasts)).filter(Boolean);
      assert.equal(muted.length, 1, 'one has room');
      assert.equal(await mute(store), false);
      assert.equal(await mute(store, { subject: 'account:0', until: NOW + 2_000 }), 'public');
      assert.equal(await mute(store, { now: NOW + 1_000, until: NOW + 2_000 }), 'public');
      assert.equal((await store.mutes.list('lobby', NOW)).length, 2);
    },
  );
}
