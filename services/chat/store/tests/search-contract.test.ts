import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AT, messageDraft, STORES, testsOn } from '@parley/testkit/databases/log-stores.ts';
import { parseSearch } from '../../search/query.ts';
import type { OpenedStore } from '../opened-store.ts';
import { type FoundPage, roundedEnd, type SearchQuery } from '../search.ts';

/** More messages than are read one by one before the index of words is used. */
const MANY = 20_250;
const DAY_MS = 86_400_000;

/** The texts that a query finds, in order, on one page. */
async function texts(
  store: OpenedStore,
  q: string,
  more: Partial<SearchQuery> = {},
): Promise<string[]> {
  const { found } = await store.search.search({ ...parseSearch(q), limit: 100, ...more });
  return found.map(({ message }) => message.message);
}

/** Posts texts in a channel, one after the other, a second apart. */
function post(store: OpenedStore, messages: string[], channel = 'general') {
  return store.append(
    messages.map((message, at) => messageDraft(channel, message, { at: AT + at * 1_000 })),
  );
}

test('the end of a search is the next minute, or second, below its beginning', () => {
  assert.equal(roundedEnd(90_500, 200_000, 1_000), 120_000);
  assert.equal(roundedEnd(90_500, 120_000, 1_000), 91_000);
  assert.equal(roundedEnd(90_500, 91_000, 1_000), undefined);
});

for (const kind of STORES) {
  const storeTest = testsOn(kind);

  storeTest('words, phrases and beginnings are found, without case and accents', async (store) => {
    await post(store, ['Über die Straße', 'the to-do list', 'To do: be quick', 'an apple']);
    assert.deepEqual(await texts(store, 'uber STRASSE'), ['Über die Straße']);
    assert.deepEqual(await texts(store, '"to do"'), ['To do: be quick', 'the to-do list']);
    assert.deepEqual(await texts(store, '"do to"'), []);
    assert.deepEqual(await texts(store, '"to do" quick'), ['To do: be quick']);
    assert.deepEqual(await texts(store, 'app*'), ['an apple']);
    assert.deepEqual(await texts(store, 'a*'), ['an apple']);
    assert.deepEqual(await texts(store, 'app'), []);
    assert.deepEqual(await texts(store, '"an app*'), ['an apple']);
    assert.deepEqual(await texts(store, 'the'), ['the to-do list'], 'a word that others leave out');
  });

  storeTest('scripts without spaces are found from one character on', async (store) => {
    await post(store, ['今日は東京都へ行く', 'สวัสดีครับทุกคน', '京都は京', 'カタカナとｶﾅ']);
    assert.deepEqual(await texts(store, '東京都'), ['今日は東京都へ行く']);
    assert.deepEqual(await texts(store, '京都'), ['京都は京', '今日は東京都へ行く']);
    assert.deepEqual(await texts(store, '京'), ['京都は京', '今日は東京都へ行く']);
    assert.deepEqual(await texts(store, '東都'), []);
    assert.deepEqual(await texts(store, 'ครับ'), ['สวัสดีครับทุกคน']);
    assert.deepEqual(await texts(store, 'カナ'), ['カタカナとｶﾅ']);
  });

  storeTest('from:, before: and after: narrow a search', async (store) => {
    const day = (n: number) => Date.UTC(2026, 10, n);
    await store.append([
      messageDraft('general', 'tea one', { username: 'Ána', at: day(1) }),
      messageDraft('general', 'tea two', { username: 'ana maria', at: day(2) }),
      messageDraft('general', 'tea three', { username: 'bob', at: day(3) }),
    ]);
    assert.deepEqual(await texts(store, 'tea from:ANA'), ['tea one']);
    assert.deepEqual(await texts(store, 'from:"Ana Maria"'), ['tea two']);
    assert.deepEqual(await texts(store, 'from:bob from:ana'), ['tea three', 'tea one']);
    assert.deepEqual(await texts(store, 'tea before:2026-11-02'), ['tea one']);
    assert.deepEqual(await texts(store, 'tea after:2026-11-02'), ['tea three']);
    assert.deepEqual(await texts(store, 'tea after:2026-11-01 before:2026-11-03'), ['tea two']);
  });

  storeTest('from: tells long names apart that begin alike', async (store) => {
    const names = ['Анна', 'Мария'].map((end) => `Александра Константиновна ${end}`);
    await store.append(
      names.map((username, n) => messageDraft('general', `tea ${n}`, { username })),
    );
    assert.deepEqual(await texts(store, `from:"${names[0]}"`), ['tea 0']);
    assert.deepEqual(await texts(store, `tea from:"${names[1]}"`), ['tea 1']);
  });

  storeTest('pages go from the newest to the oldest, in a channel and in all', async (store) => {
    const numbers = Array.from({ length: 25 }, (_, at) => `tea ${at + 1}`);
    await post(store, numbers, 'a');
    await post(store, numbers, 'b');
    const pages = [];
    for (let before: number | undefined; ; ) {
      const channel = { name: 'a', ...(before !== undefined && { before }) };
      const page = await store.search.search({ ...parseSearch('tea'), channel, limit: 10 });
      pages.push(...page.found.map(({ message }) => message.seq));
      if (!page.next) break;
      before = page.next.seq;
    }
    assert.deepEqual(
      pages,
      numbers.map((_, at) => 25 - at),
    );
    const all = [];
    for (let place: number[] | undefined; ; ) {
      const page = await store.search.search({
        ...parseSearch('te*'),
        limit: 7,
        ...(place && { place }),
      });
      all.push(...page.found.map(({ message }) => message));
      if (!page.next) break;
      place = page.next.place;
    }
    assert.equal(new Set(all.map(({ id }) => id)).size, 50);
    const times = all.map(({ at }) => at);
    assert.deepEqual(times, times.toSorted().reverse());
  });

  storeTest('an edit and a delete change what is found at once', async (store, database) => {
    const author = { author: 'account:ada' };
    await store.append([
      messageDraft('general', 'first secret', author),
      messageDraft('general', 'second secret', author),
    ]);
    const change = { channel: 'general', by: 'account:ada', admin: false, server: 's', at: AT };
    await store.append([{ ...change, kind: 'edit', ref: 1, message: 'first known' }]);
    assert.deepEqual(await texts(store, 'secret'), ['second secret']);
    assert.deepEqual(await texts(store, 'known'), ['first known']);
    await store.append([{ ...change, kind: 'vote', ref: 1, value: 1 }]);
    assert.deepEqual(await texts(store, 'known'), ['first known']);
    await store.append([{ ...change, kind: 'delete', ref: 2 }]);
    assert.deepEqual(await texts(store, 'secret'), []);
    assert.equal(await database.count('search_message'), 1);
  });

  storeTest('events that are no longer kept leave the index', async (store, database) => {
    await post(store, ['tea 1', 'tea 2', 'tea 3']);
    const keep = { keepEvents: 1, keepSince: 0, now: AT + DAY_MS, limit: 100 };
    assert.equal(await store.trim({ channel: 'general', ...keep }), 2);
    assert.deepEqual(await texts(store, 'tea'), ['tea 3']);
    assert.equal(await database.count('search_message'), 1);
  });

  storeTest('nothing in a query is syntax of the database', async (store) => {
    await post(store, ['plain text', 'or near and not']);
    const queries = [
      `plain' OR '1'='1`,
      'plain"; DROP TABLE event; --',
      'plain) OR (text',
      '{words}: plain',
      'plain:* & !text | <->',
      '+plain -text ~x <y >z (a) @4',
      'words : text',
      '^plain \\ % _ %%',
      'NEAR(plain text, 5)',
    ];
    for (const q of queries) await texts(store, q);
    assert.deepEqual(await texts(store, 'or NEAR and NOT'), ['or near and not']);
    assert.deepEqual(await texts(store, '-text +plain'), ['plain text']);
    assert.deepEqual(await texts(store, 'p%n'), []);
  });

  storeTest('only messages are found', async (store) => {
    const typed = { kind: 'event', type: 'tea', data: '"tea"', username: 'tea' } as const;
    await store.append([
      { ...typed, channel: 'general', author: null, server: 's', at: AT },
      messageDraft('general', 'tea'),
    ]);
    assert.deepEqual(await texts(store, 'tea'), ['tea']);
    assert.deepEqual(await texts(store, 'from:tea'), []);
  });

  storeTest(
    'messages from before the index are added in steps, the newest first',
    async (store, database) => {
      await post(store, ['tea 1', 'tea 2', 'tea 3', 'tea 4', 'tea 5'], 'old');
      await post(store, ['tea'], 'new');
      await forgetIndex(database);
      await store.append([messageDraft('old', 'tea 6', { at: AT + 60_000 })]);
      assert.deepEqual(await store.search.unindexed(), ['old']);
      const channel = { name: 'old' };
      assert.deepEqual(await texts(store, 'tea', { channel }), ['tea 6']);
      const first = await store.search.index('old', 3);
      assert.equal(first.done, false);
      const newest = ['tea 6', 'tea 5', 'tea 4', 'tea 3'].slice(0, 1 + first.added);
      assert.deepEqual(await texts(store, 'tea', { channel }), newest);
      const change = { channel: 'old', by: 'root', admin: true, server: 's', at: AT };
      await store.append([{ ...change, kind: 'delete', ref: 2 }]);
      for (let steps = 0; !(await store.search.index('old', 3)).done; steps++) assert.ok(steps < 9);
      const all = ['tea 6', 'tea 5', 'tea 4', 'tea 3', 'tea 1'];
      assert.deepEqual(await texts(store, 'tea', { channel }), all);
      assert.deepEqual(await store.search.unindexed(), []);
      assert.deepEqual(await store.search.index('old', 2), { added: 0, done: true });
    },
  );

  storeTest('messages whose times do not rise are added, too', async (store, database) => {
    const seconds = [0, 1, 2, 3, 2];
    const at = (second: number) => AT + second * 1_000;
    await store.append(
      seconds.map((second, n) => messageDraft('old', `tea ${n + 1}`, { at: at(second) })),
    );
    await forgetIndex(database);
    for (let steps = 0; !(await store.search.index('old', 3)).done; steps++) assert.ok(steps < 9);
    const all = ['tea 1', 'tea 2', 'tea 3', 'tea 4', 'tea 5'];
    assert.deepEqual((await texts(store, 'tea')).toSorted(), all);
  });

  storeTest(
    'rare words are found among many messages, and a page can end before its limit',
    async (store) => {
      const rare = ['tea for ana', 'coffee for ana', '東京 teapot'];
      await post(store, rare, 'few');
      for (let count = 0; count < MANY; count += 250) {
        await store.append(
          Array.from({ length: 250 }, (_, n) =>
            messageDraft('many', `ana and bob ${count + n}`, { at: AT + DAY_MS + count + n }),
          ),
        );
      }
      for (const more of [{}, { channel: { name: 'few' } }]) {
        assert.deepEqual(await texts(store, 'tea', more), ['tea for ana']);
        assert.deepEqual(await texts(store, 'ana coffee', more), ['coffee for ana']);
        assert.deepEqual(await texts(store, '"for ana"', more), ['coffee for ana', 'tea for ana']);
        assert.deepEqual(await texts(store, 'te*', more), ['東京 teapot', 'tea for ana']);
        assert.deepEqual(await texts(store, 'teap*', more), ['東京 teapot']);
        assert.deepEqual(await texts(store, '東', more), ['東京 teapot']);
        assert.deepEqual(await texts(store, 'tea from:omri', more), ['tea for ana']);
        assert.deepEqual(await texts(store, 'tea from:bob', more), []);
      }
      assert.deepEqual(await texts(store, 'ana 7'), ['ana and bob 7']);
      assert.deepEqual(await texts(store, '"and bob 12"'), ['ana and bob 12']);
      assert.deepEqual(await texts(store, `${MANY - 1}`), [`ana and bob ${MANY - 1}`]);
    },
  );

  storeTest('a search reads few of the messages that its viewer may not see', async (store) => {
    await post(store, ['tea for all'], 'open');
    await store.access.direct(['a', 'b'], 'direct-a-b', AT);
    for (let count = 0; count < MANY; count += 250) {
      await store.append(
        Array.from({ length: 250 }, (_, n) =>
          messageDraft('direct-a-b', `tea ${count + n}`, {
            at: AT + DAY_MS + (count + n) * 1_000 + 7,
            viewer: 'a',
          }),
        ),
      );
    }
    const round = 60 * (kind[0] === 'SQLite' ? 2 ** 21 : 1_000);
    for (const q of ['t*', 'tea', 'tea for']) {
      assert.equal((await texts(store, 'tea', { viewer: 'b' })).length, 100);
      const pages: FoundPage[] = [];
      for (let place: number[] | undefined; ; ) {
        const query = { ...parseSearch(q), limit: 10, ...(place && { place }) };
        const page = await store.search.search(query);
        pages.push(page);
        if (!page.next) break;
        assert.equal(Number(page.next.place[0]) % round, 0);
        ({ place } = page.next);
      }
      const found = pages.flatMap((page) => page.found.map(({ message }) => message.message));
      assert.deepEqual(found, ['tea for all']);
      const isCommon = q !== 'tea for';
      assert.equal(pages.length > 1, isCommon, 'a page has a bound of hidden messages');
    }
  });

  storeTest('messages that an older Parley stored meanwhile are added', async (store, database) => {
    if (kind[0] === 'SQLite') return assert.equal(await store.search.recheck(0), 0);
    await post(store, ['tea 1', 'tea 2', 'tea 3']);
    await database.execute('DELETE FROM search_message WHERE seq < 3');
    assert.deepEqual(await texts(store, 'tea'), ['tea 3']);
    assert.equal(await store.search.recheck(AT + 1_000), 1);
    assert.deepEqual(await texts(store, 'tea'), ['tea 3', 'tea 2']);
    assert.equal(await store.search.recheck(AT + 1_000), 0);
  });

  storeTest('one holder at a time has the lease for indexing', async (store) => {
    assert.equal(await store.search.hold('one'), true);
    assert.equal(await store.search.hold('two'), false);
    assert.equal(await store.search.hold('one'), true);
    assert.equal(await store.inbox.hold('two'), true, 'the lease of the inbox is another');
  });
}

/** Brings the channel `old` to the state of a database from before the index. */
async function forgetIndex(database: {
  execute(query: string): Promise<Record<string, unknown>[]>;
}): Promise<void> {
  const [row] = await database.execute("SELECT id FROM channel WHERE name = 'old'");
  const id = Number(row?.id);
  const columns = await database.execute('SELECT * FROM event');
  if (columns[0] && 'doc' in columns[0]) {
    await database.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')");
    await database.execute('UPDATE event SET doc = NULL');
  }
  await database.execute(`DELETE FROM search_message WHERE channel_id = ${id}`);
  await database.execute(`UPDATE channel SET unindexed = head WHERE id = ${id}`);
}
