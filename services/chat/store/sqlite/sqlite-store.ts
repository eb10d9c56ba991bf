import { LazyThread } from '@parley/store/sqlite/lazy-thread.ts';
import { ensurePrivateDatabase } from '@parley/store/sqlite/private-database.ts';
import { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import type { OpenedStore } from '../opened-store.ts';
import type { Appended, ChannelState, Page, PostPreview, ThreadPage } from '../store.ts';
import { sqliteRemoval } from './channels/removal.ts';
import { sqliteRenaming } from './channels/renaming.ts';
import { sqliteAccess } from './people/access.ts';
import { sqliteAccounts } from './people/accounts.ts';
import { sqliteAudit } from './people/audit.ts';
import { sqliteLinks } from './people/links.ts';
import { sqliteMutes } from './people/mutes.ts';
import { sqliteReadPositions } from './people/read-positions.ts';
import { sqliteTickets } from './people/tickets.ts';
import { sqliteSearch } from './search/search-store.ts';
import type { ThreadData } from './sqlite-thread.ts';

/**
 * Channels that the thread that writes lists until something else is read. It is enough for the
 * check of the log, which monitoring makes all the time (`/readyz`, `/metrics`).
 */
const FEW_CHANNELS = 2;

/**
 * Opens a log in an SQLite file. The file and its folder are made when missing, and only the owner
 * can read them. `node:sqlite` is synchronous, so threads use it: one writes, one reads (from
 * the first read on), one searches (from the first search on), and none blocks the event loop.
 */
export async function openSqliteStore(path: string): Promise<OpenedStore> {
  ensurePrivateDatabase(path);
  await using opened = new AsyncDisposableStack();
  const writer = opened.use(await openThread({ role: 'writer', path }));
  const reader = opened.use(new LazyThread(() => openThread({ role: 'reader', path })));
  const searcher = opened.use(new LazyThread(() => openThread({ role: 'searcher', path })));
  const stack = opened.move();
  return {
    accounts: sqliteAccounts({ writer, reader }),
    audit: sqliteAudit(writer, reader),
    mutes: sqliteMutes(writer, reader),
    readPositions: sqliteReadPositions(writer, reader),
    links: sqliteLinks(writer),
    removal: sqliteRemoval(writer),
    renaming: sqliteRenaming(writer, reader),
    append: (batch) => writer.call<Appended[]>('append', batch),
    page: (query) => reader.call<Page>('page', query),
    thread: (query) => reader.call<ThreadPage | undefined>('thread', query),
    preview: (post, at) => reader.call<PostPreview>('preview', { post, at }),
    channels: (query) =>
      (reader.wanted || query.limit > FEW_CHANNELS ? reader : writer).call<ChannelState[]>(
        'channels',
        query,
      ),
    trim: (query) => writer.call<number>('trim', query),
    search: sqliteSearch(writer, searcher),
    tickets: sqliteTickets(writer),
    access: sqliteAccess({ writer, reader }),
    check: () => writer.call<void>('check'),
    inbox: {
      hold: (holder) => writer.call<boolean>('hold', holder),
      release: (holder) => writer.call<void>('release', holder),
      sessions: () => writer.call<string[]>('sessions'),
      noteSessions: (holder, sessions) =>
        writer.call<boolean>('noteSessions', { holder, sessions }),
      hasKey: (channel, keys) => writer.call<boolean>('hasKey', { channel, keys }),
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function openThread(data: ThreadData): Promise<ThreadCalls> {
  return ThreadCalls.open(new URL('./sqlite-thread.ts', import.meta.url), data);
}
