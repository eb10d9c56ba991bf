import assert from 'node:assert/strict';
import {
  AT,
  messageDraft,
  messageOf,
  outcomes,
  page,
  STORES,
  seqs,
  testsOn,
  upTo,
} from '@parley/testkit/databases/log-stores.ts';
import type { Draft, Store } from '../store.ts';

/** More than a store has connections. */
const MANY = 20;

/** Batches of posts alone, in channels that exist: PostgreSQL stores such a batch in one statement. */
for (const kind of STORES) {
  const withStore = testsOn(kind);

  withStore(
    'posts of which one cannot be stored leave nothing, and the next ones are stored',
    async (store) => {
      await create(store, 'general', 'other');
      for (const i of upTo(MANY)) {
        const bad = messageDraft('general', 'bad', { at: Number.NaN });
        const posts = [messageDraft('other', `${i}`), bad, messageDraft('general', `${i}`)];
        await assert.rejects(store.append(posts));
      }
      assert.deepEqual(await heads(store), { general: 1, other: 1 });
      const next = upTo(MANY).map((i) => [messageDraft('general', `${i}`)]);
      await Promise.all(next.map((posts) => store.append(posts)));
      assert.deepEqual(await seqs(store), upTo(1 + MANY));
    },
  );

  withStore(
    'posts in a closed channel are refused, and those beside them stored',
    async (store) => {
      await create(store, 'general', 'other');
      await store.append([{ kind: 'close', channel: 'other', server: 'chat-1', at: AT }]);
      const posts = [
        messageDraft('general', 'a'),
        messageDraft('other', 'b'),
        messageDraft('general', 'c', { at: AT + 5 }),
      ];
      const expected = ['stored', 'channel-closed', 'stored'];
      assert.deepEqual(outcomes(await store.append(posts)), expected);
      assert.deepEqual(await heads(store), { general: 3, other: 2 });
      assert.equal((await store.channels({ after: '', limit: 1 }))[0]?.at, AT + 5);
    },
  );

  withStore(
    'posts in a channel that is missing create it, with those beside them',
    async (store) => {
      await create(store, 'general');
      const posts = [messageDraft('general', 'a'), messageDraft('new', 'b')];
      assert.deepEqual(outcomes(await store.append(posts)), ['stored', 'stored']);
      assert.deepEqual(await heads(store), { general: 2, new: 1 });
    },
  );

  withStore('a known key among new keys is a repeat, in its channel alone', async (store) => {
    await create(store, 'general', 'other');
    const keyed = (channel: string, key: string) => messageDraft(channel, key, { key });
    await store.append([keyed('general', 'k1'), keyed('general', 'k2')]);
    const posts = [
      keyed('general', 'k3'),
      keyed('general', 'k2'),
      keyed('other', 'k1'),
      keyed('general', 'k4'),
      keyed('general', 'k4'),
    ];
    assert.deepEqual(outcomes(await store.append(posts)), [
      'stored',
      'replayed',
      'stored',
      'stored',
      'replayed',
    ]);
    assert.deepEqual(await heads(store), { general: 5, other: 2 });
  });

  withStore('keys that two stores receive at once are stored once each', async (one, place) => {
    await using other = await place.open();
    await create(one, 'general');
    const batches = upTo(60).map((i) => [
      messageDraft('general', `${i}`),
      messageDraft('general', 'keyed', { key: `k${i % 20}` }),
    ]);
    const results = await Promise.all(
      batches.map((posts, i) => (i % 2 ? one : other).append(posts)),
    );
    const keyed = results.map(([, result]) => result?.outcome);
    assert.equal(keyed.filter((outcome) => outcome === 'stored').length, 20);
    assert.equal(keyed.filter((outcome) => outcome === 'replayed').length, 40);
    assert.deepEqual(await seqs(other), upTo(81));
  });

  withStore(
    'posts are answered as they are then read, whatever their channel',
    async (one, place) => {
      await using other = await place.open();
      const names = upTo(5).map((i) => `channel-${i}`);
      await create(one, ...names);
      const answered = await Promise.all(
        upTo(30).map((i) => {
          const posts = upTo(12).map((j) => {
            const more = {
              at: AT + i,
              author: 'ada',
              data: `{"text":"\\ud800 'ß' ${j}"}` as never,
            };
            return messageDraft(names[(i * j) % 5] ?? '', `😀 \\ " ' {${i},NULL}\n${j}`, more);
          });
          return (i % 2 ? one : other).append(posts);
        }),
      );
      const messages = answered.flat().map((result) => messageOf(result));
      for (const channel of names) {
        const { events, head } = await page(one, { channel });
        const stored = messages.filter((message) => message?.channel === channel);
        assert.deepEqual(
          stored.sort((a, b) => (a?.seq ?? 0) - (b?.seq ?? 0)),
          events.slice(1),
        );
        assert.equal(head, 1 + stored.length);
      }
    },
  );
}

async function create(store: Store, ...channels: string[]): Promise<void> {
  const posts: Draft[] = channels.map((channel) => messageDraft(channel, 'first'));
  await store.append(posts);
}

async function heads(store: Store): Promise<Record<string, number>> {
  const channels = await store.channels({ after: '', limit: 100 });
  return Object.fromEntries(channels.map(({ channel, head }) => [channel, head]));
}
