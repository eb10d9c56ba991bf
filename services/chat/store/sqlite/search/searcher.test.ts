import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { messageDraft } from '@parley/testkit/databases/log-stores.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { parseSearch } from '../../../search/query.ts';
import type { Next } from '../../search.ts';
import { openSqliteStore } from '../sqlite-store.ts';
import { openSearcher } from './searcher.ts';

const DAY_MS = 86_400_000;
const DAYS = 300;

test('a search whose time is up goes on at its next page, in a channel and in all', async () => {
  await using folder = await temporaryFolder();
  const file = `${folder.path}/parley.db`;
  {
    await using store = await openSqliteStore(file);
    await store.append(
      Array.from({ length: DAYS }, (_, day) =>
        messageDraft(day % 3 === 0 ? 'a' : 'b', day % 50 === 0 ? 'big red car' : 'red or big', {
          at: Date.UTC(2026, 0, 1) + day * DAY_MS,
        }),
      ),
    );
  }
  using database = new DatabaseSync(file);
  const { search } = openSearcher(database, 0);
  const query = { ...parseSearch('"big red"'), limit: 5 };
  const pagesOf = (more: (next: Next | undefined) => object) => {
    const days: number[] = [];
    let pages = 0;
    for (let next: Next | null | undefined; next !== null; pages++) {
      assert.ok(pages <= DAYS);
      const page = search({ ...query, ...more(next) });
      days.push(...page.found.map(({ message }) => Date.parse(message.at) / DAY_MS));
      next = page.next;
    }
    return { pages, days: days.map((day) => day - Date.UTC(2026, 0, 1) / DAY_MS) };
  };
  const all = pagesOf((next) => (next ? { place: next.place } : {}));
  assert.deepEqual(all.days, [250, 200, 150, 100, 50, 0]);
  assert.ok(all.pages > 2, `${all.pages} pages`);
  const channel = pagesOf((next) => ({
    channel: { name: 'a', ...(next && { before: next.seq }) },
  }));
  assert.deepEqual(channel.days, [150, 0]);
  assert.ok(channel.pages > 2, `${channel.pages} pages`);
});
