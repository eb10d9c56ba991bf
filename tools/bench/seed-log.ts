import { join } from 'node:path';
import { openSqliteStore } from '@parley/chat/store/sqlite/sqlite-store.ts';
import type { MessageDraft } from '@parley/chat/store/store.ts';

const BATCH = 1_000;

/** A channel with many events: their number, and the epoch for positions in it. */
export interface SeededLog {
  channel: string;
  count: number;
  epoch: string;
}

/**
 * Creates a channel with `count` events in the data folder of a stopped server. Writes them with
 * the store's own code.
 */
export function seedLog(dataDir: string, channel: string, count: number): Promise<void> {
  return seedLogs(join(dataDir, 'parley.db'), [{ channel, count }]);
}

/** Creates many channels with events, in an SQLite file that no server has open. */
export async function seedLogs(
  file: string,
  logs: readonly { channel: string; count: number }[],
): Promise<void> {
  await using store = await openSqliteStore(file);
  const at = Date.now();
  let batch: MessageDraft[] = [];
  for (const { channel, count } of logs) {
    for (let number = 1; number <= count; number++) {
      batch.push(seeded(channel, number, at));
      if (batch.length < BATCH) continue;
      await store.append(batch);
      batch = [];
    }
  }
  if (batch.length > 0) await store.append(batch);
}

function seeded(channel: string, number: number, at: number): MessageDraft {
  const message = `seeded event ${number}`;
  return { kind: 'message', channel, username: 'seed', author: null, message, server: 'seed', at };
}
