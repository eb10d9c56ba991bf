import { join } from 'node:path';
import { openSqliteStore } from '@parley/chat/store/sqlite/sqlite-store.ts';
import type { AppendMessage } from '@parley/chat/store/store.ts';

const BATCH = 1_000;

/**
 * Makes a channel with `count` events in the data folder of a server that is not running, through
 * the store's own code.
 */
export async function seedLog(dataDir: string, channel: string, count: number): Promise<void> {
  await using store = await openSqliteStore(join(dataDir, 'parley.db'));
  const at = Date.now();
  for (let stored = 0; stored < count; stored += BATCH) {
    const size = Math.min(BATCH, count - stored);
    await store.append(Array.from({ length: size }, (_, i) => seeded(channel, stored + i + 1, at)));
  }
}

function seeded(channel: string, number: number, at: number): AppendMessage {
  const message = `seeded event ${number}`;
  return { kind: 'message', channel, username: 'seed', author: null, message, server: 'seed', at };
}
