import type { AuditEntry } from '@parley/contract/accounts/audit.ts';

/** What an administrator did, before it is stored; `at` is in milliseconds since 1970 (UTC). */
export type AuditDraft = Omit<AuditEntry, 'id' | 'at'> & { at: number };

/** A row of `audit`. A text that is absent is empty. */
export interface AuditRow {
  id: number;
  at: number;
  by_subject: string;
  by_name: string;
  act: string;
  whom: string;
  channel: string;
  detail: string;
}

/** Entries with ids between `after` and `before`, both excluded: the first ones, or the newest. */
export interface AuditQuery {
  after: number;
  before: number;
  limit: number;
  newest: boolean;
}

/** The acts of administrators. An act of the store is kept in the transaction of the act. */
export interface AuditStore {
  /** Keeps acts that change nothing else in the store. */
  add(entries: AuditDraft[]): Promise<void>;
  /** A page in rising order. */
  page(query: AuditQuery): Promise<AuditEntry[]>;
  /** Removes the entries before a time, and all but the newest `keep`. Resolves with their number. */
  trim(bounds: { before: number; keep: number }): Promise<number>;
}

/** The row of an entry without its id. */
export function auditRow(draft: AuditDraft): Omit<AuditRow, 'id'> {
  const { at, by, name = '', act, whom = '', channel = '', detail = '' } = draft;
  return { at, by_subject: by, by_name: name, act, whom, channel, detail };
}

/** The entry in a row. */
export function asAuditEntry(row: AuditRow): AuditEntry {
  const { id, at, by_subject, by_name, act, whom, channel, detail } = row;
  return {
    id,
    at: new Date(at).toISOString(),
    by: by_subject,
    ...(by_name !== '' && { name: by_name }),
    act,
    ...(whom !== '' && { whom }),
    ...(channel !== '' && { channel }),
    ...(detail !== '' && { detail }),
  };
}
