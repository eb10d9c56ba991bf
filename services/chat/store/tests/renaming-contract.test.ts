import assert from 'node:assert/strict';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import {
  AT,
  messageDraft,
  outcomes,
  page,
  STORES,
  seqs,
  testsOn,
  upTo,
} from '@parley/testkit/databases/log-stores.ts';
import { parseSearch } from '../../search/query.ts';
import type { OpenedStore } from '../opened-store.ts';
import type { Draft } from '../store.ts';

const ADA = 'ada';
const ROOT = { account: undefined, admin: true };
const NOW = AT + 1_000;
const ACT = { at: NOW, by: 'root', act: 'rename-channel', channel: 'general', detail: 'news' };

const rename = (
  { renaming }: OpenedStore,
  channel: string,
  name: string,
  more: { by?: { account: string | undefined; admin: boolean }; at?: number } = {},
) => renaming.rename({ channel, name, by: ROOT, at: NOW, ...more });

const acts = async ({ audit }: OpenedStore) =>
  (await audit.page({ after: 0, before: 99, limit: 9, newest: false })).map(({ act }) => act);

const names = async (store: OpenedStore) =>
  (await store.channels({ after: '', limit: 99, viewer: '*' })).map(({ channel }) => channel);

for (const kind of STORES) {
  const withStore = testsOn(kind);

  withStore('a renamed channel keeps all that belongs to it', async (store) => {
    const keys = { nameKey: ADA, email: ADA, emailKey: ADA, passwordHash: 'x' };
    await store.accounts.add({ id: ADA, username: ADA, ...keys, admin: false, at: 0 });
    const by = { account: ADA, admin: false };
    await store.access.change({ channel: 'general', by, at: AT, private: true });
    const draft = messageDraft('general', 'first words', { viewer: ADA, key: 'k' });
    await store.append([draft]);
    const bob = { subject: accountSubject('bob'), username: 'bob', until: AT * 2 };
    await store.mutes.mute({ channel: 'general', ...bob }, AT);
    await store.readPositions.mark([{ accountId: ADA, channel: 'general', seq: 1 }]);
    const { epoch } = await page(store, { viewer: ADA });
    const asked = { channel: 'general', name: 'news', at: NOW, audit: ACT };
    assert.deepEqual(await store.renaming.rename({ ...asked, by }), { renamed: true });
    assert.deepEqual(await acts(store), ['rename-channel']);
    assert.equal(await store.renaming.nameNow('general'), 'news');
    assert.equal(await store.renaming.nameNow('news'), undefined);
    const after = await page(store, { channel: 'news', viewer: ADA });
    assert.equal(after.epoch, epoch);
    assert.deepEqual(
      after.events.map(({ channel, seq }) => [channel, seq]),
      [['news', 1]],
    );
    assert.equal((await store.access.find('news'))?.maker, ADA);
    assert.equal((await store.mutes.list('news', AT)).length, 1);
    assert.equal(await store.readPositions.position(ADA, 'news'), 1);
    const query = { ...parseSearch('words'), limit: 9, viewer: ADA };
    const { found } = await store.search.search(query);
    assert.deepEqual(
      found.map(({ message }) => message.channel),
      ['news'],
    );
    const again = await store.append([{ ...draft, channel: 'news' }]);
    assert.deepEqual(outcomes(again), ['replayed']);
    assert.deepEqual(outcomes(await store.append([messageDraft('news', '2', { viewer: ADA })])), [
      'stored',
    ]);
  });

  withStore('an old name is as an invisible channel for every change', async (store) => {
    await store.append([messageDraft('general', '1')]);
    await rename(store, 'general', 'news');
    const change = { channel: 'general', server: 's', at: AT };
    const by = { ...change, ref: 1, by: 'x', admin: true };
    const drafts: Draft[] = [
      messageDraft('general', '2', { key: 'k' }),
      messageDraft('general', 'reply', { replyTo: 1 }),
      { ...change, kind: 'close' },
      { ...change, kind: 'reopen' },
      { ...change, kind: 'close', archived: true },
      { ...by, kind: 'delete' },
      { ...by, kind: 'edit', message: 'x' },
      { ...by, kind: 'vote', value: 1 },
      { ...by, kind: 'reaction', emoji: '👍', added: true },
    ];
    const expected = [
      ...['no-channel', 'not-found', 'no-channel', 'unchanged', 'no-channel'],
      ...['not-found', 'not-found', 'not-found', 'not-found'],
    ];
    assert.deepEqual(outcomes(await store.append(drafts)), expected);
    const one = async (draft: Draft) => outcomes(await store.append([draft]))[0];
    assert.deepEqual(await Promise.all(drafts.map(one)), expected);
    // A batch stores what is for other channels, also new ones.
    const mixed = ['general', 'news', 'fresh', 'general'].map((name) => messageDraft(name, 'x'));
    assert.deepEqual(outcomes(await store.append(mixed)), [
      ...['no-channel', 'stored', 'stored', 'no-channel'],
    ]);
    const hidden = { side: 'private', refusal: 'no-channel' };
    assert.deepEqual(await store.preview(messageDraft('general', 'x'), AT), hidden);
    for (const asked of [{ private: true }, { add: ADA }]) {
      const outcome = await store.access.change({ channel: 'general', by: ROOT, at: AT, ...asked });
      assert.deepEqual(outcome, { refused: 'not-found' });
    }
    const mute = { channel: 'general', subject: 'x', username: 'x', until: AT * 2 };
    assert.equal(await store.mutes.mute(mute, AT, ACT), 'renamed');
    assert.deepEqual(await acts(store), []);
    assert.equal(await store.removal.delete('general', NOW), false);
    assert.deepEqual(await names(store), ['fresh', 'news']);
    assert.deepEqual(await seqs(store, { channel: 'news' }), [1, 2]);
  });

  withStore('its maker and administrators rename a channel, if the name is free', async (store) => {
    const maker = { author: accountSubject(ADA) };
    await store.append([messageDraft('general', '1', maker), messageDraft('other', '1', maker)]);
    await store.access.direct([ADA, 'bob'], 'direct-1', AT);
    await store.access.change({ channel: 'secret', by: ROOT, at: AT, private: true });
    const [ada, bob] = [ADA, 'bob'].map((account) => ({ account, admin: false }));
    const refused = async (channel: string, name: string, by = ada) =>
      Object(await rename(store, channel, name, by && { by })).refused;
    assert.equal(await refused('none', 'news'), 'not-found');
    assert.equal(await refused('secret', 'news'), 'not-found');
    assert.equal(await refused('general', 'news', bob), 'forbidden');
    assert.equal(await refused('direct-1', 'news'), 'forbidden');
    assert.equal(await refused('direct-1', 'news', ROOT as never), 'forbidden');
    for (const name of ['other', 'secret', 'direct-1'])
      assert.equal(await refused('general', name), 'exists');
    const until = AT * 2;
    const mute = { channel: 'general', subject: accountSubject(ADA), username: ADA, until };
    await store.mutes.mute(mute, AT);
    assert.equal(await refused('general', 'news'), 'muted');
    assert.deepEqual(await rename(store, 'general', 'general'), { renamed: false });
    assert.deepEqual(await rename(store, 'general', 'news'), { renamed: true });
    assert.equal(await refused('other', 'general'), 'exists');
    assert.equal(await refused('general', 'else'), 'not-found');
    assert.deepEqual(await names(store), ['direct-1', 'news', 'other'].slice(1));
  });

  withStore('a channel gets an old name back, and keeps ten others', async (store, { count }) => {
    await store.append([messageDraft('n-0', '1')]);
    for (const i of upTo(11))
      assert.deepEqual(await rename(store, `n-${i - 1}`, `n-${i}`, { at: NOW + i }), {
        renamed: true,
      });
    assert.equal(await count('old_name'), 10);
    assert.equal(await store.renaming.nameNow('n-0'), undefined);
    assert.equal(await store.renaming.nameNow('n-1'), 'n-11');
    assert.deepEqual(outcomes(await store.append([messageDraft('n-0', 'new')])), ['stored']);
    assert.deepEqual(await rename(store, 'n-11', 'n-5', { at: NOW + 12 }), { renamed: true });
    assert.equal(await count('old_name'), 10);
    for (const name of ['n-1', 'n-11']) assert.equal(await store.renaming.nameNow(name), 'n-5');
    assert.equal(await store.renaming.nameNow('n-5'), undefined);
    assert.equal(await store.removal.delete('n-5', NOW), true);
    assert.equal(await count('old_name'), 0);
    assert.deepEqual(outcomes(await store.append([messageDraft('n-1', 'new')])), ['stored']);
  });

  withStore('of two channels that want one name, one gets it', async (store) => {
    for (const i of upTo(10)) {
      const [a, b, name] = [`a-${i}`, `b-${i}`, `c-${i}`];
      await store.append([messageDraft(a, '1'), messageDraft(b, '1')]);
      const results = await Promise.all([rename(store, a, name), rename(store, b, name)]);
      const done = results.filter((result) => 'renamed' in result);
      assert.equal(done.length, 1, JSON.stringify(results));
      assert.deepEqual(
        results.find((result) => 'refused' in result),
        { refused: 'exists' },
      );
    }
  });

  withStore('no two channels swap their names', async (store) => {
    for (const i of upTo(10)) {
      const [a, b] = [`a-${i}`, `b-${i}`];
      await store.append([messageDraft(a, '1'), messageDraft(b, '1')]);
      const results = await Promise.all([rename(store, a, b), rename(store, b, a)]);
      assert.deepEqual(results, [{ refused: 'exists' }, { refused: 'exists' }]);
    }
  });

  withStore('no post beside renamings is lost, and none makes a second channel', async (store) => {
    for (const i of upTo(8)) {
      const [old, now] = [`old-${i}`, `now-${i}`];
      await store.append([messageDraft(old, '1')]);
      const { epoch } = await page(store, { channel: old });
      const posts = [old, now, old, now, old, now].map((channel) =>
        store.append([messageDraft(channel, 'x'), messageDraft(`other-${i}`, 'x')]),
      );
      const [outcome, ...results] = await Promise.all([rename(store, old, now), ...posts]);
      const stored = results.flatMap(([first]) => (first?.outcome === 'stored' ? [first] : []));
      const isRenamed = 'renamed' in outcome;
      // A first post to the new name may come before, and makes a channel of its own.
      const kept = await page(store, { channel: isRenamed ? now : old });
      const made = isRenamed ? undefined : await page(store, { channel: now });
      assert.equal(kept.epoch, epoch);
      assert.equal(kept.head + (made?.head ?? 0), stored.length + 1);
      assert.equal(await store.renaming.nameNow(old), isRenamed ? now : undefined);
      const ofChannel = stored.filter(({ event }) => event.epoch === epoch);
      assert.deepEqual(
        [1, ...ofChannel.map(({ event }) => event.seq)].sort((a, b) => a - b),
        upTo(kept.head),
      );
      assert.equal((await page(store, { channel: `other-${i}` })).head, posts.length);
    }
    const all = await names(store);
    for (const name of all) assert.equal(await store.renaming.nameNow(name), undefined, name);
  });

  withStore('a renaming beside a deletion happens before it, or not at all', async (store) => {
    for (const i of upTo(8)) {
      const [old, now] = [`old-${i}`, `now-${i}`];
      await store.append([messageDraft(old, '1')]);
      const [outcome, deleted] = await Promise.all([
        rename(store, old, now),
        store.removal.delete(old, NOW),
      ]);
      assert.notEqual('renamed' in outcome, deleted);
      assert.equal(await store.renaming.nameNow(old), deleted ? undefined : now);
      const again = outcomes(await store.append([messageDraft(old, '1')]));
      assert.deepEqual(again, [deleted ? 'stored' : 'no-channel']);
    }
  });

  withStore('an old name that goes back and is posted to has one channel', async (store) => {
    await store.append([messageDraft('a', '1')]);
    await rename(store, 'a', 'b');
    for (const i of upTo(8)) {
      const [from, to] = i % 2 === 1 ? ['b', 'a'] : ['a', 'b'];
      const posts = [from, to, from, to].map((name) => store.append([messageDraft(name, 'x')]));
      const [outcome] = await Promise.all([rename(store, from, to), ...posts]);
      assert.deepEqual(outcome, { renamed: true });
      assert.deepEqual(await names(store), [to]);
    }
  });
}
