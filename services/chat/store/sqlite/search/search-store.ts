import type { LazyThread } from '@parley/store/sqlite/lazy-thread.ts';
import type { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import type { SearchStore } from '../../search.ts';

/** The index in an SQLite file. A thread of its own searches, so that no other read waits for it. */
export function sqliteSearch(writer: ThreadCalls, searcher: LazyThread): SearchStore {
  return {
    search: (query) => searcher.call('search', query),
    unindexed: () => writer.call('unindexed'),
    index: (channel, limit) => writer.call('index', { channel, limit }),
    // A file is used by processes of one version only.
    recheck: () => Promise.resolve(0),
    hold: (holder) => writer.call('holdSearch', holder),
  };
}
