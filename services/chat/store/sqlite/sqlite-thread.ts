import { workerData } from 'node:worker_threads';
import { answerCalls } from '@parley/store/sqlite/answer-calls.ts';
import { openDatabase } from '@parley/store/sqlite/open-database.ts';
import { openRemovalWriter } from './channels/removal.ts';
import { openRenamingReader, openRenamingWriter } from './channels/renaming.ts';
import { openInbox } from './inbox.ts';
import { openHold } from './lease.ts';
import { openAccessReader, openAccessWriter } from './people/access.ts';
import { openAccountReader, openAccountWriter } from './people/account-statements.ts';
import { openAuditReader, openAuditWriter } from './people/audit.ts';
import { openMuteReader, openMuteWriter } from './people/mutes.ts';
import { openReadPositionReader, openReadPositionWriter } from './people/read-positions.ts';
import { openTicketCalls } from './people/tickets.ts';
import { openReader } from './reader.ts';
import { migrate } from './schema.ts';
import { openSearcher } from './search/searcher.ts';
import { openWriter } from './writer.ts';

/** The roles that a thread can have; each has a connection of its own. */
export type ThreadRole = 'writer' | 'reader' | 'searcher';

export interface ThreadData {
  role: ThreadRole;
  path: string;
}

const { role, path } = workerData as ThreadData;
const database = openDatabase(path);
if (role === 'writer') migrate(database);
type Calls = Record<string, (argument: never) => unknown>;
const CALLS: Record<ThreadRole, () => Calls> = {
  writer: () => ({
    channels: openReader(database).channels,
    ...openWriter(database),
    ...openAccountWriter(database),
    ...openAuditWriter(database),
    ...openMuteWriter(database),
    ...openReadPositionWriter(database),
    ...openRemovalWriter(database),
    ...openRenamingWriter(database),
    ...openTicketCalls(database),
    ...openInbox(database),
    holdSearch: openHold(database, 'search'),
    ...openAccessWriter(database),
  }),
  reader: () => ({
    ...openReader(database),
    ...openAccountReader(database),
    ...openAuditReader(database),
    ...openMuteReader(database),
    ...openReadPositionReader(database),
    ...openAccessReader(database),
    ...openRenamingReader(database),
  }),
  searcher: () => openSearcher(database),
};

answerCalls(database, CALLS[role]());
