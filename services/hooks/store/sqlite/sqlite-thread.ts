import { workerData } from 'node:worker_threads';
import { answerCalls } from '@parley/store/sqlite/answer-calls.ts';
import { openDatabase } from '@parley/store/sqlite/open-database.ts';
import { openDeliveryCalls } from './delivery-calls.ts';
import { openHookCalls } from './hook-calls.ts';
import { openInCalls } from './in-calls.ts';
import { migrate } from './schema.ts';

const database = openDatabase((workerData as { path: string }).path);
migrate(database);
answerCalls(database, {
  ...openHookCalls(database),
  ...openDeliveryCalls(database),
  ...openInCalls(database),
});
