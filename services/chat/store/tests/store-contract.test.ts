import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import {
  AT,
  events,
  messageDraft,
  open,
  outcomes,
  page,
  STORES,
  seqs,
  testsOn,
  upTo,
} from '@parley/testkit/databases/log-stores.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import type { MessageDraft, Store } from '../store.ts';

for (const kind of STORES) {
  const [name, makePlace, options] = kind;
  const withStore = testsOn(kind);

  withStore('an append is answered with the events that are then read', async (store) => {
    const results = await store.append([
      messageDraft('general', 'hi\n😀 "\\'),
      messageDraft('großes/#', 'elsewhere'),
      messageDraft('general', 'there', { username: 'ada' }),
    ]);
    const [first, elsewhere, second] = events(results);
    assert.match(first?.epoch ?? '', /^[A-Za-z0-9_-]{8,64}$/);
    assert.notEqual(first?.epoch, elsewhere?.epoch);
    assert.deepEqual(first, {
      channel: 'general',
      epoch: first?.epoch,
      seq: 1,
      id: `${first?.epoch}:1`,
      kind: 'message',
      at: '2018-02-25T14:00:51.987Z',
      username: 'omri',
      message: 'hi\n😀 "\\',
      up: 0,
      down: 0,
    });
    assert.deepEqual(await page(store), {
      epoch: first?.epoch,
      head: 2,
      closed: false,
      events: [first, second],
    });
    assert.equal(elsewhere?.seq, 1);
  });

  withStore('a channel that has never had an event is empty', async (store) => {
    assert.deepEqual(await page(store), { epoch: null, head: 0, events: [], closed: false });
    assert.deepEqual(await store.channels({ after: '', limit: 10 }), []);
  });

  withStore('two stores that append at once leave no gap and no seq twice', async (one, place) => {
    await using other = await place.open();
    const batch = (i: number) => upTo(1 + (i % 7)).map((j) => messageDraft('general', `${i}.${j}`));
    const results = await Promise.all(
      upTo(40).map((i) =>
        (i % 2 ? one : other).append([...batch(i), messageDraft('other', `${i}`)]),
      ),
    );
    const stored = results.flat().flatMap((result) => events([result])[0] ?? []);
    const general = stored.filter(({ channel }) => channel === 'general');
    const found = await page(one);
    assert.deepEqual(await seqs(other), upTo(general.length));
    assert.equal(found.head, general.length);
    assert.deepEqual(
      general.sort((a, b) => a.seq - b.seq),
      found.events,
    );
    assert.equal((await page(other, { channel: 'other' })).head, 40);
  });

  withStore(
    'a key stores once; a repeat gets the first event, or mismatch for another body',
    async (store) => {
      const key = 'k1';
      const [first] = await store.append([messageDraft('general', 'hi', { key })]);
      const again = messageDraft('general', 'hi', { key, server: 'chat-2', at: AT + 1000 });
      const results = await store.append([
        again,
        messageDraft('general', 'ho', { key }),
        messageDraft('general', 'hi', { key, username: 'ada' }),
        messageDraft('other', 'hi', { key }),
        messageDraft('general', 'hi'),
      ]);
      assert.deepEqual(outcomes(results), [
        'replayed',
        'idempotency-mismatch',
        'idempotency-mismatch',
        'stored',
        'stored',
      ]);
      assert.ok(first?.outcome === 'stored');
      assert.deepEqual(results[0], { ...first, outcome: 'replayed' });
      assert.deepEqual(await seqs(store), [1, 2]);
      assert.deepEqual(await seqs(store, { channel: 'other' }), [1]);
    },
  );

  withStore('a key counts within its own batch too', async (store) => {
    const key = 'k1';
    const results = await store.append([
      messageDraft('general', 'hi', { key }),
      messageDraft('general', 'hi', { key }),
      messageDraft('general', 'ho', { key }),
      messageDraft('general', 'hi', { key: 'k2' }),
    ]);
    assert.deepEqual(outcomes(results), ['stored', 'replayed', 'idempotency-mismatch', 'stored']);
    assert.deepEqual(events(results)[1], events(results)[0]);
    assert.deepEqual(await seqs(store), [1, 2]);
  });

  withStore('a key sent to two stores at once stores once', async (one, place) => {
    await using other = await place.open();
    const again = () => [messageDraft('general', 'hi', { key: 'k1' })];
    const results = await Promise.all(upTo(20).map((i) => (i % 2 ? one : other).append(again())));
    const expected = [...Array(19).fill('replayed'), 'stored'];
    assert.deepEqual(outcomes(results.flat()).sort(), expected);
    assert.deepEqual(await seqs(one), [1]);
  });

  withStore('a page is a range of seqs, from either end, in rising order', async (store) => {
    await store.append(upTo(9).map((i) => messageDraft('general', `${i}`)));
    await store.append(upTo(3).map((i) => messageDraft('other', `${i}`)));
    assert.deepEqual(await seqs(store, { limit: 4 }), [1, 2, 3, 4]);
    assert.deepEqual(await seqs(store, { limit: 4, newest: true }), [6, 7, 8, 9]);
    assert.deepEqual(await seqs(store, { after: 3, before: 7 }), [4, 5, 6]);
    assert.deepEqual(await seqs(store, { after: 3, before: 7, limit: 2 }), [4, 5]);
    assert.deepEqual(await seqs(store, { after: 3, before: 7, limit: 2, newest: true }), [5, 6]);
    assert.deepEqual(await seqs(store, { after: 8 }), [9]);
    assert.deepEqual(await seqs(store, { after: 9 }), []);
    assert.deepEqual(await seqs(store, { after: 3, before: 4 }), []);
    assert.equal((await page(store, { after: 9 })).head, 9);
  });

  withStore(
    'channels are listed by name, with head and time of the newest event',
    async (store) => {
      await store.append([messageDraft('b', '1'), messageDraft('a', '1'), messageDraft('c', '1')]);
      await store.append([messageDraft('b', '2', { at: AT + 5 })]);
      const names = async (after: string, limit: number, only?: string[]) =>
        (await store.channels({ after, limit, ...(only && { names: only }) })).map(
          (x) => x.channel,
        );
      assert.deepEqual(await names('', 10), ['a', 'b', 'c']);
      assert.deepEqual(await names('', 2), ['a', 'b']);
      assert.deepEqual(await names('a', 10), ['b', 'c']);
      assert.deepEqual(await names('', 10, ['c', 'none', 'a', "'"]), ['a', 'c']);
      assert.deepEqual(await names('a', 1, ['c', 'b', 'a']), ['b']);
      assert.deepEqual(await names('', 10, []), []);
      const { epoch } = await page(store, { channel: 'b' });
      const [b] = await store.channels({ after: '', limit: 1, names: ['b'] });
      assert.deepEqual({ ...b }, { channel: 'b', epoch, head: 2, at: AT + 5 });
    },
  );

  withStore('channels can be listed by the time of the newest event', async (store) => {
    await store.append(['a', 'b', 'c', 'd'].map((channel) => messageDraft(channel, '1')));
    await store.append([messageDraft('c', '2', { at: AT + 5 })]);
    await store.append([messageDraft('b', '2', { at: AT + 9 })]);
    const names = async (limit: number) =>
      (await store.channels({ after: '', limit, newestFirst: true })).map(({ channel }) => channel);
    assert.deepEqual(await names(10), ['b', 'c', 'a', 'd']);
    assert.deepEqual(await names(2), ['b', 'c']);
  });

  withStore('names that look alike are different channels', async (store) => {
    const names = ['b', 'B', 'e', 'é', 'ss', 'ß', 'x', 'x.'];
    await store.append(names.map((channel) => messageDraft(channel, 'hi')));
    for (const channel of names) assert.equal((await page(store, { channel })).head, 1, channel);
  });

  withStore('keys that look alike are different keys', async (store) => {
    const results = await store.append(
      ['k', 'K', 'k.'].map((key) => messageDraft('general', key, { key })),
    );
    assert.deepEqual(outcomes(results), ['stored', 'stored', 'stored']);
  });

  test(
    `${name}: a draft that stores nothing does not change the time of the newest event`,
    options,
    async (t) => {
      await using store = await makePlace(t).open();
      await store.append([messageDraft('general', 'hi', { key: 'k1' })]);
      await store.append([messageDraft('general', 'hi', { key: 'k1', at: AT + 1000 })]);
      await store.append([messageDraft('general', 'ho', { key: 'k1', at: AT + 2000 })]);
      assert.equal((await store.channels({ after: '', limit: 1 }))[0]?.at, AT);
    },
  );

  withStore(
    'a batch with one bad message stores nothing, and the next batch works',
    async (store) => {
      await store.append([messageDraft('general', 'before')]);
      const bad: Partial<MessageDraft>[] = [
        { at: Number.NaN },
        { message: undefined as unknown as string },
      ];
      for (const fault of bad) {
        const batch = [
          messageDraft('general', 'a'),
          messageDraft('new', 'b'),
          messageDraft('general', 'c', fault),
        ];
        await assert.rejects(store.append(batch));
      }
      assert.equal((await page(store)).head, 1);
      assert.equal((await page(store, { channel: 'new' })).epoch, null);
      await store.append([messageDraft('general', 'after')]);
      assert.deepEqual(
        (await page(store)).events.map((event) => event.kind === 'message' && event.message),
        ['before', 'after'],
      );
    },
  );

  test(`${name}: a reopened log is unchanged and goes on from there`, options, async (t) => {
    const place = makePlace(t);
    const first = await place.open();
    await first.append([
      messageDraft('general', 'hi', { key: 'k1' }),
      messageDraft('general', 'there'),
    ]);
    const [before, listed] = [await page(first), await first.channels({ after: '', limit: 9 })];
    await first[Symbol.asyncDispose]();
    await using second = await place.open();
    assert.deepEqual(await page(second), before);
    assert.deepEqual(await second.channels({ after: '', limit: 9 }), listed);
    const results = await second.append([
      messageDraft('general', 'hi', { key: 'k1' }),
      messageDraft('general', 'x'),
    ]);
    assert.deepEqual(outcomes(results), ['replayed', 'stored']);
    assert.equal(events(results)[1]?.id, `${before.epoch}:3`);
  });

  test(
    `${name}: a check passes while the store accepts writes, changes nothing, and fails once closed`,
    options,
    async (t) => {
      const store = await makePlace(t).open();
      await store.append([messageDraft('general', 'hi')]);
      await store.check();
      assert.equal((await page(store)).head, 1);
      await store[Symbol.asyncDispose]();
      for (const call of [
        store.check(),
        page(store),
        store.append([messageDraft('general', 'x')]),
      ]) {
        await assert.rejects(call, { message: 'the store is closed' });
      }
    },
  );

  test(`${name}: ten replicas that start at once on a new database agree`, options, async (t) => {
    const place = makePlace(t);
    const stores = await Promise.all(upTo(10).map(() => place.open()));
    await Promise.all(stores.map((store, i) => store.append([messageDraft('general', `${i}`)])));
    assert.deepEqual(await seqs(stores[0] as Store), upTo(10));
    await Promise.all(stores.map((store) => store[Symbol.asyncDispose]()));
  });

  withStore(
    'events that are no longer kept are removed, the oldest first, and seqs do not change',
    async (store) => {
      const batch = upTo(20).map((i) =>
        messageDraft('general', `${i}`, { at: AT + i, key: `k${i}` }),
      );
      await store.append([...batch, messageDraft('other', 'untouched')]);
      const now = AT + 10_000;
      const all = { channel: 'general', keepEvents: 1e9, keepSince: 0, now, limit: 100 };
      assert.equal(await store.trim(all), 0);
      assert.equal(await store.trim({ ...all, keepEvents: 12, limit: 5 }), 5);
      assert.equal(await store.trim({ ...all, keepEvents: 12, limit: 5 }), 3);
      assert.equal(await store.trim({ ...all, keepEvents: 12 }), 0);
      assert.deepEqual(await seqs(store), upTo(20, 9));
      assert.equal(await store.trim({ ...all, keepSince: AT + 15 }), 6);
      assert.deepEqual(await seqs(store, { after: 3 }), upTo(20, 15));
      assert.equal(await store.trim({ ...all, keepSince: AT + 1_000 }), 6);
      assert.deepEqual(await page(store), { ...(await page(store)), head: 20, events: [] });
      assert.equal(events(await store.append([messageDraft('general', 'next')]))[0]?.seq, 21);
      assert.equal(await store.trim({ ...all, channel: 'none' }), 0);
      assert.equal((await page(store, { channel: 'other' })).head, 1);
    },
  );

  withStore('messages dated in the future do not stop retention', async (store) => {
    const [old, now] = [AT, AT + 10_000];
    const future = Array.from({ length: 3 }, () => now + 1_000_000);
    const batch = [...future, old, ...future, now, ...future].map((at) =>
      messageDraft('general', 'm', { at }),
    );
    await store.append(batch);
    const all = { channel: 'general', keepEvents: 1e9, keepSince: old + 1, now, limit: 2 };
    assert.equal(await store.trim(all), 4);
    assert.equal(await store.trim(all), 0);
    assert.deepEqual(await seqs(store), upTo(11, 5));
    assert.equal(await store.trim({ ...all, keepEvents: 5, keepSince: 0 }), 2);
  });

  withStore('writers to many channels in any order do not block each other', async (one, place) => {
    await using other = await place.open();
    const names = upTo(20).map((i) => `channel-${i}`);
    const batches = upTo(30).map((i) => {
      const order = names.map((_, j) => names[(i * 7 + j * 3) % names.length] ?? '');
      return (i % 2 ? one : other).append(order.map((name) => messageDraft(name, `${i}`)));
    });
    await Promise.all(batches);
    for (const { head } of await one.channels({ after: '', limit: 100 })) assert.equal(head, 30);
  });

  withStore('calls made before the close are still answered', async (_, place) => {
    const store = await place.open();
    const asked = upTo(200).map((i) => store.append([messageDraft('general', `${i}`)]));
    await store[Symbol.asyncDispose]();
    assert.deepEqual(outcomes((await Promise.all(asked)).flat()), Array(200).fill('stored'));
  });
}

test('SQLite: a file of a newer Parley is not changed, and refused with one clear line', async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/log.db`;
  await (await open(`sqlite:${path}`))[Symbol.asyncDispose]();
  using database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 1000');
  await assert.rejects(open(`sqlite:${path}`), {
    name: 'StartError',
    message: /written by a newer Parley.*check STORE_URL/,
  });
  assert.equal(database.prepare('PRAGMA user_version').get()?.user_version, 1000);
});

test('SQLite: a path that is not a database is refused, not overwritten', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
  t.after(() => rmSync(folder, { recursive: true }));
  await assert.rejects(open(`sqlite:${folder}`), { name: 'StartError' });
});
