import type { Kysely, Transaction } from 'kysely';
import { type AuditDraft, type AuditStore, asAuditEntry, auditRow } from '../../people/audit.ts';
import type { Tables } from '../tables.ts';

/** Does work that is tried again when the database asks for it. */
export type Transact = <T>(work: () => Promise<T>) => Promise<T>;

/** Adds entries, in the transaction that is given. */
export async function addAudit(writing: Kysely<Tables>, entries: AuditDraft[]): Promise<void> {
  if (entries.length > 0) await writing.insertInto('audit').values(entries.map(auditRow)).execute();
}

/** Does work in a transaction that keeps an entry, too, unless the work resolves with false. */
export function audited<T>(
  database: Kysely<Tables>,
  entry: AuditDraft | undefined,
  work: (writing: Kysely<Tables>) => Promise<T>,
): Promise<T> {
  return database
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (writing) => {
      const result = await work(writing);
      if (entry && result !== false) await addAudit(writing, [entry]);
      return result;
    });
}

/**
 * Does work in a transaction, and commits it if the result `isDone`; otherwise nothing of the work
 * stays.
 */
export async function committedIf<T>(
  isDone: (result: T) => boolean,
  database: Kysely<Tables>,
  work: (writing: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  const writing = await database.startTransaction().setIsolationLevel('read committed').execute();
  try {
    const result = await work(writing);
    await (isDone(result) ? writing.commit() : writing.rollback()).execute();
    return result;
  } catch (error) {
    await writing
      .rollback()
      .execute()
      .catch(() => undefined);
    throw error;
  }
}

/** Opens the acts of administrators in an SQL database. */
export function openSqlAudit(database: Kysely<Tables>, transact: Transact): AuditStore {
  return {
    add: (entries) => transact(() => addAudit(database, entries)),
    page: ({ after, before, limit, newest }) =>
      transact(async () => {
        const rows = await database
          .selectFrom('audit')
          .selectAll()
          .where('id', '>', after)
          .where('id', '<', before)
          .orderBy('id', newest ? 'desc' : 'asc')
          .limit(limit)
          .execute();
        if (newest) rows.reverse();
        return rows.map(asAuditEntry);
      }),
    trim: ({ before, keep }) =>
      transact(async () => {
        const { newest } = await database
          .selectFrom('audit')
          .select(({ fn }) => fn.max('id').as('newest'))
          .executeTakeFirstOrThrow();
        const { numDeletedRows } = await database
          .deleteFrom('audit')
          .where(({ or, eb }) =>
            or([eb('at', '<', before), eb('id', '<=', Number(newest ?? 0) - keep)]),
          )
          .executeTakeFirst();
        return Number(numDeletedRows);
      }),
  };
}
