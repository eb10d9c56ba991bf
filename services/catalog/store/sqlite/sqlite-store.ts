import { ensurePrivateDatabase } from '@parley/store/sqlite/private-database.ts';
import { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import type { CatalogRecord, CatalogStore, FeedState, Outcome } from '../store.ts';
import type { ThreadData } from './sqlite-thread.ts';

/**
 * Opens a catalog in an SQLite file that only its owner can read; creates the file and its folder
 * if missing.
 */
export async function openSqliteStore(path: string): Promise<CatalogStore> {
  ensurePrivateDatabase(path);
  await using opened = new AsyncDisposableStack();
  const writer = opened.use(await openThread({ role: 'writer', path }));
  const reader = opened.use(await openThread({ role: 'reader', path }));
  const stack = opened.move();
  return {
    append: (batch) => writer.call<Outcome[]>('append', batch),
    records: (query) => reader.call<CatalogRecord[]>('records', query),
    feeds: (names) => reader.call<FeedState[]>('feeds', names),
    check: () => writer.call<void>('check'),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function openThread(data: ThreadData): Promise<ThreadCalls> {
  return ThreadCalls.open(new URL('./sqlite-thread.ts', import.meta.url), data);
}
