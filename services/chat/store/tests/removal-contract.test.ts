import assert from 'node:assert/strict';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { AT, messageDraft, page, STORES, testsOn } from '@parley/testkit/databases/log-stores.ts';
import { parseSearch } from '../../search/query.ts';
import type { OpenedStore } from '../opened-store.ts';
import type { Draft } from '../store.ts';

const ADA = 'ada';
const NOW = AT + 1_000;
const ACT = { at: NOW, by: 'root', act: 'delete-channel' };
/** Every table with rows of a channel. */
const TABLES = [
  ...['event', 'reply', 'vote', 'reaction', 'mention', 'search_message'],
  ...['mute', 'member', 'read_position'],
];
const EVERYTHING = {
  keepEvents: 0,
  keepSince: Number.MAX_SAFE_INTEGER,
  now: Number.MAX_SAFE_INTEGER,
};

const find = async ({ search }: OpenedStore, q: string) =>
  (await search.search({ ...parseSearch(q), limit: 100, viewer: ADA })).found
    .map(({ message }) => message.message)
    .sort();

const acts = async ({ audit }: OpenedStore) =>
  (await audit.page({ after: 0, before: 99, limit: 9, newest: false })).map(({ act }) => act);

/** Makes a private channel with a row in every table. */
async function fill(store: OpenedStore, channel = 'general'): Promise<void> {
  const keys = { nameKey: ADA, email: ADA, emailKey: ADA, passwordHash: 'x' };
  await store.accounts.add({ id: ADA, username: ADA, ...keys, admin: false, at: 0 });
  const by = { account: ADA, admin: false };
  await store.access.change({ channel, by, at: AT, private: true });
  const change = { channel, server: 's', at: AT, viewer: ADA, ref: 1, by: 'x', admin: true };
  const drafts: Draft[] = [
    messageDraft(channel, 'first words', { viewer: ADA, key: 'k' }),
    messageDraft(channel, 'a reply for @ada', { viewer: ADA, replyTo: 1, at: AT * 2 }),
    { ...change, kind: 'vote', value: 1 },
    { ...change, kind: 'reaction', emoji: '👍', added: true },
  ];
  for (const draft of drafts) assert.equal((await store.append([draft]))[0]?.outcome, 'stored');
  const mute = { channel, subject: accountSubject('bob'), username: 'bob', until: AT * 2 };
  assert.equal(await store.mutes.mute(mute, AT), 'private');
  const [marked] = await store.readPositions.mark([{ accountId: ADA, channel, seq: 3 }]);
  assert.equal(marked?.seq, 3);
}

/** Removes the rows of deleted channels, as retention does, at a time. */
async function sweep({ removal, trim }: OpenedStore, now: number, limit = 2): Promise<void> {
  for (const channel of await removal.left()) {
    for (let n = limit; n === limit; ) n = await trim({ channel, ...EVERYTHING, limit });
    while ((await removal.finish(channel, now, limit)) > 0);
  }
}

for (const kind of STORES) {
  const withStore = testsOn(kind);

  withStore('nothing of a deleted channel is found, and its name is free', async (store) => {
    await fill(store);
    await store.append([messageDraft('other', 'other words')]);
    const { epoch } = await page(store, { viewer: ADA });
    assert.deepEqual(await find(store, 'words'), ['first words', 'other words']);
    assert.equal(await store.removal.delete('general', NOW, ACT), true);
    assert.deepEqual(await acts(store), ['delete-channel']);
    for (const viewer of [null, ADA, '*']) {
      const empty = { epoch: null, head: 0, events: [], closed: false };
      assert.deepEqual(await page(store, { viewer }), empty);
      const listed = await store.channels({ after: '', limit: 9, viewer });
      assert.deepEqual(
        listed.map(({ channel }) => channel),
        ['other'],
      );
    }
    assert.deepEqual(await find(store, 'words'), ['other words']);
    assert.equal(await store.access.find('general'), undefined);
    assert.deepEqual(await store.access.privateAmong(['general']), []);
    assert.deepEqual(await store.mutes.list('general', AT), []);
    assert.equal(await store.readPositions.position(ADA, 'general'), 0);
    assert.equal(await store.inbox.hasKey('general', ['k']), false);
    const again = messageDraft('general', 'again', { key: 'k' });
    assert.deepEqual(await store.preview(again, AT), { side: 'public', refusal: undefined });
    const [stored] = await store.append([again]);
    assert.ok(stored?.outcome === 'stored');
    assert.equal(stored.event.seq, 1);
    assert.notEqual(stored.event.epoch, epoch);
    assert.equal((await store.append([again]))[0]?.outcome, 'replayed');
    assert.equal((await page(store)).head, 1);
  });

  withStore('a deletion of a name without a channel keeps no act', async (store) => {
    assert.equal(await store.removal.delete('general', NOW, ACT), false);
    assert.deepEqual(await acts(store), []);
    assert.deepEqual(await store.removal.left(), []);
  });

  withStore(
    'a channel without events is deleted, and people write to each other anew',
    async (store) => {
      const made = await store.access.direct([ADA, 'bob'], 'direct-1', AT);
      assert.deepEqual(made, { channel: 'direct-1', made: true });
      assert.equal(await store.removal.delete('direct-1', NOW), true);
      const next = await store.access.direct([ADA, 'bob'], 'direct-2', AT);
      assert.deepEqual(next, { channel: 'direct-2', made: true });
    },
  );

  withStore('the rows of a deleted channel are removed in steps', async (store, { count }) => {
    await fill(store);
    for (const table of TABLES) assert.ok((await count(table)) > 0, table);
    await store.append([messageDraft('other', 'other words')]);
    const by = { account: ADA, admin: false };
    await store.access.change({ channel: 'general', by, at: AT, private: false });
    const marks = ['a', 'b', 'c'].map((accountId) => ({ accountId, channel: 'general', seq: 1 }));
    await store.readPositions.mark(marks);
    await store.removal.delete('general', NOW);
    const [name = ''] = await store.removal.left();
    assert.equal(await store.trim({ channel: name, ...EVERYTHING, limit: 1 }), 1);
    assert.equal(await store.removal.finish(name, NOW, 3), 3);
    await store.append([messageDraft('general', 'new words')]);
    await sweep(store, NOW);
    for (const table of ['event', 'search_message']) assert.equal(await count(table), 2, table);
    for (const table of TABLES.filter((one) => one !== 'event' && one !== 'search_message'))
      assert.equal(await count(table), 0, table);
    // A statement may still refer to the row.
    assert.equal(await count('channel'), 3);
    await sweep(store, NOW + 60_001);
    assert.equal(await count('channel'), 2);
    assert.deepEqual(await find(store, 'words'), ['new words', 'other words']);
  });

  withStore('a post beside a deletion is deleted, or begins a new log', async (store) => {
    for (let round = 0; round < 10; round++) {
      const channel = `general-${round}`;
      await store.append([messageDraft(channel, 'first')]);
      const deletion = store.removal.delete(channel, NOW);
      const posts = Array.from({ length: 6 }, (_, i) =>
        store.append([messageDraft(channel, `${i}`, { key: `${i}` }), messageDraft(channel, 'x')]),
      );
      const results = (await Promise.all(posts)).flat();
      assert.equal(await deletion, true);
      const { epoch, head, events } = await page(store, { channel });
      const added = results.map((result) => {
        assert.ok(result.outcome === 'stored', JSON.stringify(result));
        return result.event;
      });
      const kept = added.filter((event) => event.epoch === epoch);
      assert.deepEqual(
        kept.map(({ seq }) => seq).sort((a, b) => a - b),
        events.map(({ seq }) => seq),
      );
      assert.equal(kept.length, head);
      assert.deepEqual(
        events.map(({ seq }) => seq),
        Array.from({ length: head }, (_, i) => i + 1),
      );
      assert.ok(new Set(added.map((event) => event.epoch)).size <= 2);
    }
  });
}
