import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { AT, messageDraft } from '@parley/testkit/databases/log-stores.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { parseSearch } from '../../../search/query.ts';
import { openSqliteStore } from '../sqlite-store.ts';
import { openSearcher } from './searcher.ts';

const MESSAGES = 300;
const FEW = { visited: 50, ms: 60_000, places: 100 };

const stack = new AsyncDisposableStack();
let file: string;

/** Each message has "to", and words of its own that begin with "b"; every hundredth has "be or". */
before(async () => {
  file = `${stack.use(await temporaryFolder()).path}/parley.db`;
  await using store = await openSqliteStore(file);
  await store.append(
    Array.from({ length: MESSAGES }, (_, n) => {
      const text = `to b${n} bz${n} ${n % 100 === 50 ? 'be or' : 'or be'} ${'to '.repeat(20)}`;
      return messageDraft(n % 2 === 0 ? 'even' : 'odd', text, { at: AT + n * 1_000 });
    }),
  );
});
after(() => stack.disposeAsync());

/** The numbers of the messages that the pages of a search have, and the number of pages. */
function searchAll(q: string, limits = FEW, channel?: string): { found: number[]; pages: number } {
  using database = new DatabaseSync(file);
  const searcher = openSearcher(database, limits);
  const found: number[] = [];
  const query = { ...parseSearch(q), limit: 2 };
  let from: object = channel === undefined ? {} : { channel: { name: channel } };
  for (let pages = 1; pages < 2 * MESSAGES; pages++) {
    const page = searcher.search({ ...query, ...from });
    found.push(...page.found.map(({ message: { message } }) => Number(/\d+/.exec(message))));
    if (!page.next) return { found, pages };
    const { place, seq } = page.next;
    from = channel === undefined ? { place } : { channel: { name: channel, before: seq } };
  }
  throw new Error('the search has no end');
}

test('a search that reads many messages ends its page, and goes on until it has found all', () => {
  const all = [250, 150, 50];
  const index = ['"be or"', 'b* "be or"'];
  for (const q of index) assert.deepEqual(searchAll(q), { found: all, pages: 2 }, q);
  const { found, pages } = searchAll('b* "be o"*');
  assert.deepEqual(found, all);
  assert.ok(pages >= 6, `${pages} pages`);
  // The index is asked for eight words, which every message has.
  const long = searchAll(`"${'to '.repeat(9)}or"`);
  assert.deepEqual(long.found, []);
  assert.ok(long.pages >= 6, `${long.pages} pages`);
});

test('in one channel it goes on after the last message that it read', () => {
  assert.deepEqual(searchAll('b* "be o"*', FEW, 'even').found, [250, 150, 50]);
  assert.deepEqual(searchAll('b* "be o"*', FEW, 'odd').found, []);
});

test('a page ends when its time is over', () => {
  const { found, pages } = searchAll('b* "be o"*', { ...FEW, visited: 10_000, ms: -1 });
  assert.deepEqual(found, [250, 150, 50]);
  assert.ok(pages >= MESSAGES, `${pages} pages`);
});

test('a rare beginning is found by the index, however short', () => {
  assert.deepEqual(searchAll('b299*'), { found: [299], pages: 1 });
  assert.deepEqual(searchAll('q*'), { found: [], pages: 1 });
});
