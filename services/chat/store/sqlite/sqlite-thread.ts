import { parentPort, workerData } from 'node:worker_threads';
import { openAccountReader, openAccountWriter } from './account-statements.ts';
import { openInbox } from './inbox.ts';
import { openDatabase } from './open-database.ts';
import { openReader } from './reader.ts';
import { migrate } from './schema.ts';
import { openTicketCalls } from './tickets.ts';
import { openWriter } from './writer.ts';

/** The two roles that a thread can have; each has a connection of its own. */
export type ThreadRole = 'writer' | 'reader';

export interface ThreadData {
  role: ThreadRole;
  path: string;
}

const { role, path } = workerData as ThreadData;
const database = openDatabase(path);
if (role === 'writer') migrate(database);
const calls: Record<string, (argument: never) => unknown> =
  role === 'writer'
    ? {
        ...openWriter(database),
        ...openAccountWriter(database),
        ...openTicketCalls(database),
        ...openInbox(database),
      }
    : { ...openReader(database), ...openAccountReader(database) };

parentPort?.on(
  'message',
  ({ id, call, argument }: { id: number; call: string; argument: never }) => {
    if (call === 'close') {
      database.close();
      parentPort?.close();
      return;
    }
    try {
      parentPort?.postMessage({ id, result: calls[call]?.(argument) });
    } catch (error) {
      parentPort?.postMessage({ id, error });
    }
  },
);
parentPort?.postMessage({ ready: true });
