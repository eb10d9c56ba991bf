import { workerData } from 'node:worker_threads';
import { answerCalls } from '@parley/store/sqlite/answer-calls.ts';
import { openDatabase } from '@parley/store/sqlite/open-database.ts';
import { openReader } from './reader.ts';
import { migrate } from './schema.ts';
import { openWriter } from './writer.ts';

/** One thread writes, the other reads; each has its own connection. */
export interface ThreadData {
  role: 'writer' | 'reader';
  path: string;
}

const { role, path } = workerData as ThreadData;
const database = openDatabase(path);
if (role === 'writer') migrate(database);
answerCalls(database, role === 'writer' ? openWriter(database) : openReader(database));
