import type { DatabaseSync } from 'node:sqlite';
import { positionRow } from '../hook-row.ts';
import type { HookPosition } from '../store.ts';

/** Writes a position in the transaction that is open. */
export function openPositionWriter(
  database: DatabaseSync,
): (hookId: string, position: HookPosition) => void {
  const write = database.prepare(
    `INSERT INTO hook_position (hook_id, channel, epoch, seq, at, since, tries, retry_at, reason)
     VALUES (:hook_id, :channel, :epoch, :seq, :at, :since, :tries, :retry_at, :reason)
     ON CONFLICT (hook_id, channel) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq, at = excluded.at,
       since = excluded.since, tries = excluded.tries, retry_at = excluded.retry_at,
       reason = excluded.reason`,
  );
  return (hookId, position) => void write.run({ ...positionRow(hookId, position) });
}
