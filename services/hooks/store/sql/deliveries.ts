import { type Kysely, sql, type Transaction } from 'kysely';
import { asFailure, asHook, asPosition, failureRow } from '../hook-row.ts';
import { FAILURES_MAX, type Holder, type Hook, type HookStore, LEASE_MS } from '../store.ts';
import type { SqlDialect } from './dialect.ts';
import type { Tables } from './tables.ts';
import { writePositions } from './write-positions.ts';

type Deliveries = Pick<
  HookStore,
  | 'hold'
  | 'release'
  | 'positions'
  | 'positionOfLog'
  | 'move'
  | 'positionsAfter'
  | 'failing'
  | 'save'
  | 'setAside'
  | 'end'
  | 'failures'
>;

/** Leases, positions and set-aside events in an SQL database. */
export function openDeliveries(database: Kysely<Tables>, dialect: SqlDialect): Deliveries {
  const { nowMs } = dialect;
  // A lease that ends later than a new one was given before the clock was set back.
  const isOver = sql<boolean>`expires not between ${nowMs} and ${nowMs} + ${LEASE_MS}`;
  const ofHook = (hookId: string) =>
    database.selectFrom('hook_position').selectAll().where('hook_id', '=', hookId);

  /** Does work in a transaction that locks the hook's row, if the holder has the lease. */
  const asHolder = (
    { hookId, holder }: Holder,
    work: (writing: Transaction<Tables>) => Promise<unknown>,
  ): Promise<boolean> =>
    database
      .transaction()
      .setIsolationLevel('read committed')
      .execute(async (writing) => {
        const held = await writing
          .selectFrom('hook')
          .select('id')
          .where('id', '=', hookId)
          .where('holder', '=', holder)
          .forUpdate()
          .executeTakeFirst();
        if (held) await work(writing);
        return held !== undefined;
      });

  return {
    async hold(holder): Promise<Hook[]> {
      const free = await database
        .selectFrom('hook')
        .select('id')
        .where('state', '=', 'active')
        .where(({ or, eb }) => or([eb('holder', '=', holder), isOver]))
        .execute();
      if (free.length === 0) return [];
      await database
        .updateTable('hook')
        .set({ holder, expires: sql`${nowMs} + ${LEASE_MS}` })
        .where(
          'id',
          'in',
          free.map(({ id }) => id),
        )
        .where('state', '=', 'active')
        .where(({ or, eb }) => or([eb('holder', '=', holder), isOver]))
        .execute();
      const held = await database
        .selectFrom('hook')
        .selectAll()
        .where('state', '=', 'active')
        .where('holder', '=', holder)
        .execute();
      return held.map(asHook);
    },
    async release(holder) {
      await database
        .updateTable('hook')
        .set({ holder: '', expires: 0 })
        .where('holder', '=', holder)
        .execute();
    },
    async positions(hookId, channels) {
      if (channels.length === 0) return [];
      return (await ofHook(hookId).where('channel', 'in', channels).execute()).map(asPosition);
    },
    async positionOfLog(hookId, epoch) {
      const newest = ofHook(hookId).where('epoch', '=', epoch).orderBy('seq', 'desc').limit(1);
      const row = await newest.executeTakeFirst();
      return row && asPosition(row);
    },
    move: (holder, from, to) =>
      asHolder(holder, async (writing) => {
        const { hookId } = holder;
        await writing
          .deleteFrom('hook_position')
          .where('hook_id', '=', hookId)
          .where('channel', '=', to)
          .execute();
        await writing
          .updateTable('hook_position')
          .set({ channel: to })
          .where('hook_id', '=', hookId)
          .where('channel', '=', from)
          .execute();
      }),
    async positionsAfter(hookId, after, limit) {
      const page = ofHook(hookId).where('channel', '>', after).orderBy('channel').limit(limit);
      return (await page.execute()).map(asPosition);
    },
    async failing(hookId, limit) {
      const failed = ofHook(hookId).where('since', '>', 0).where('tries', '>', 0);
      return (await failed.orderBy('since').limit(limit).execute()).map(asPosition);
    },
    save: (holder, positions) =>
      asHolder(holder, (writing) =>
        writePositions(writing, dialect, { hookId: holder.hookId, positions }),
      ),
    setAside: (holder, failure, position) =>
      asHolder(holder, async (writing) => {
        const { hookId } = holder;
        await writing.insertInto('hook_failure').values(failureRow(hookId, failure)).execute();
        const oldest = await writing
          .selectFrom('hook_failure')
          .select('id')
          .where('hook_id', '=', hookId)
          .orderBy('id', 'desc')
          .limit(1)
          .offset(FAILURES_MAX)
          .executeTakeFirst();
        if (oldest) {
          await writing
            .deleteFrom('hook_failure')
            .where('hook_id', '=', hookId)
            .where('id', '<=', oldest.id)
            .execute();
        }
        await writing
          .updateTable('hook')
          .set({ set_aside: sql`set_aside + 1` })
          .where('id', '=', hookId)
          .execute();
        await writePositions(writing, dialect, { hookId, positions: [position] });
      }),
    end: (holder, why) =>
      asHolder(holder, (writing) =>
        writing
          .updateTable('hook')
          .set({ state: 'ended', why })
          .where('id', '=', holder.hookId)
          .execute(),
      ),
    async failures(hookId, after, limit) {
      const rows = await database
        .selectFrom('hook_failure')
        .selectAll()
        .where('hook_id', '=', hookId)
        .where('id', '>', after)
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(asFailure);
    },
  };
}
