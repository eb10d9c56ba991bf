import type { DatabaseSync } from 'node:sqlite';
import type { AuditEntry } from '@parley/contract/accounts/audit.ts';
import { inTransaction } from '@parley/store/sqlite/in-transaction.ts';
import type { LazyThread } from '@parley/store/sqlite/lazy-thread.ts';
import type { ThreadCalls } from '@parley/store/sqlite/thread-calls.ts';
import {
  type AuditDraft,
  type AuditQuery,
  type AuditRow,
  type AuditStore,
  asAuditEntry,
  auditRow,
} from '../../people/audit.ts';

/** Adds an entry in the transaction that is open. */
export type AddAudit = (entry: AuditDraft | undefined) => void;

/** Opens the insert of entries, for the thread that writes. Without an entry it adds nothing. */
export function openAddAudit(database: DatabaseSync): AddAudit {
  const add = database.prepare(
    `INSERT INTO audit (at, by_subject, by_name, act, whom, channel, detail)
     VALUES (:at, :by_subject, :by_name, :act, :whom, :channel, :detail)`,
  );
  return (entry) => {
    if (entry) add.run({ ...auditRow(entry) });
  };
}

/** Adds and removes entries, for the thread that writes. */
export function openAuditWriter(database: DatabaseSync) {
  const add = openAddAudit(database);
  const trim = database.prepare(
    'DELETE FROM audit WHERE at < ? OR id <= (SELECT max(id) FROM audit) - ?',
  );
  return {
    addAudit: (entries: AuditDraft[]) => inTransaction(database, () => entries.forEach(add)),
    trimAudit: ({ before, keep }: { before: number; keep: number }) =>
      Number(trim.run(before, keep).changes),
  };
}

/** Reads entries, for the thread that reads. */
export function openAuditReader(database: DatabaseSync) {
  const [oldest, newest] = ['ASC', 'DESC'].map((order) =>
    database.prepare(`SELECT * FROM audit WHERE id > ? AND id < ? ORDER BY id ${order} LIMIT ?`),
  );
  return {
    auditPage(query: AuditQuery): AuditEntry[] {
      const statement = query.newest ? newest : oldest;
      const rows = statement?.all(query.after, query.before, query.limit) ?? [];
      if (query.newest) rows.reverse();
      return (rows as unknown as AuditRow[]).map(asAuditEntry);
    },
  };
}

/** The entries, for callers outside those threads. */
export function sqliteAudit(writer: ThreadCalls, reader: LazyThread): AuditStore {
  return {
    add: (entries) => writer.call('addAudit', entries),
    page: (query) => reader.call('auditPage', query),
    trim: (bounds) => writer.call('trimAudit', bounds),
  };
}
