import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import {
  asFailure,
  asHook,
  asPosition,
  type FailureRow,
  failureRow,
  type HookRow,
  type PositionRow,
} from '../hook-row.ts';
import {
  FAILURES_MAX,
  type Failure,
  type Holder,
  type Hook,
  type HookPosition,
  LEASE_MS,
} from '../store.ts';
import { openPositionWriter } from './position-writer.ts';

const NOW = `CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

/** Leases, positions and set-aside events, for the one thread of the file. */
export function openDeliveryCalls(database: DatabaseSync) {
  const hold = database.prepare(
    `UPDATE hook SET holder = :holder, expires = ${NOW} + ${LEASE_MS}
     WHERE state = 'active' AND (holder = :holder OR expires NOT BETWEEN ${NOW} AND ${NOW} + ${LEASE_MS})
     RETURNING *`,
  );
  const release = database.prepare("UPDATE hook SET holder = '', expires = 0 WHERE holder = ?");
  const holds = database.prepare('SELECT 1 FROM hook WHERE id = ? AND holder = ?');
  const named = database.prepare(
    'SELECT * FROM hook_position WHERE hook_id = ? AND channel IN (SELECT value FROM json_each(?))',
  );
  const ofLog = database.prepare(
    'SELECT * FROM hook_position WHERE hook_id = ? AND epoch = ? ORDER BY seq DESC LIMIT 1',
  );
  const removeAt = database.prepare('DELETE FROM hook_position WHERE hook_id = ? AND channel = ?');
  const rename = database.prepare(
    'UPDATE hook_position SET channel = ? WHERE hook_id = ? AND channel = ?',
  );
  const page = database.prepare(
    'SELECT * FROM hook_position WHERE hook_id = ? AND channel > ? ORDER BY channel LIMIT ?',
  );
  const failing = database.prepare(
    'SELECT * FROM hook_position WHERE hook_id = ? AND since > 0 AND tries > 0 ORDER BY since LIMIT ?',
  );
  const addFailure = database.prepare(
    `INSERT INTO hook_failure (hook_id, channel, epoch, seq, kind, at, tries, reason)
     VALUES (:hook_id, :channel, :epoch, :seq, :kind, :at, :tries, :reason)`,
  );
  const trimFailures = database.prepare(
    `DELETE FROM hook_failure WHERE hook_id = :id AND id <= (SELECT id FROM hook_failure
       WHERE hook_id = :id ORDER BY id DESC LIMIT 1 OFFSET ${FAILURES_MAX})`,
  );
  const countSetAside = database.prepare('UPDATE hook SET set_aside = set_aside + 1 WHERE id = ?');
  const failures = database.prepare(
    'SELECT * FROM hook_failure WHERE hook_id = ? AND id > ? ORDER BY id LIMIT ?',
  );
  const end = database.prepare("UPDATE hook SET state = 'ended', why = ? WHERE id = ?");
  const write = openPositionWriter(database);
  const positions = (rows: unknown) => (rows as PositionRow[]).map(asPosition);

  /** Does work in a transaction, if the holder has the lease. */
  const asHolder = ({ hookId, holder }: Holder, work: () => void): boolean =>
    inTransaction(database, () => {
      if (!holds.get(hookId, holder)) return false;
      work();
      return true;
    });

  return {
    hold: (holder: string): Hook[] => (hold.all({ holder }) as unknown as HookRow[]).map(asHook),
    release: (holder: string): void => void release.run(holder),
    positions: ({ hookId, channels }: { hookId: string; channels: string[] }) =>
      positions(named.all(hookId, JSON.stringify(channels))),
    positionOfLog: ({ hookId, epoch }: { hookId: string; epoch: string }) =>
      positions(ofLog.all(hookId, epoch))[0],
    move: ({ holder, from, to }: { holder: Holder; from: string; to: string }) =>
      asHolder(holder, () => {
        removeAt.run(holder.hookId, to);
        rename.run(to, holder.hookId, from);
      }),
    positionsAfter: ({ hookId, after, limit }: { hookId: string; after: string; limit: number }) =>
      positions(page.all(hookId, after, limit)),
    failing: ({ hookId, limit }: { hookId: string; limit: number }) =>
      positions(failing.all(hookId, limit)),
    save: ({ holder, changed }: { holder: Holder; changed: HookPosition[] }) =>
      asHolder(holder, () => {
        for (const position of changed) write(holder.hookId, position);
      }),
    setAside: ({
      holder,
      failure,
      position,
    }: {
      holder: Holder;
      failure: Omit<Failure, 'id'>;
      position: HookPosition;
    }) =>
      asHolder(holder, () => {
        addFailure.run({ ...failureRow(holder.hookId, failure) });
        trimFailures.run({ id: holder.hookId });
        countSetAside.run(holder.hookId);
        write(holder.hookId, position);
      }),
    end: ({ holder, why }: { holder: Holder; why: string }) =>
      asHolder(holder, () => void end.run(why, holder.hookId)),
    failures: ({ hookId, after, limit }: { hookId: string; after: number; limit: number }) =>
      (failures.all(hookId, after, limit) as unknown as (FailureRow & { id: number })[]).map(
        asFailure,
      ),
  };
}
