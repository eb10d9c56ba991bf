import type { AuditDraft } from '../people/audit.ts';

/**
 * The row of a deleted channel has a name from here (a slash and its id) until its rows are removed.
 * No channel's name has a slash, and none sorts between these two.
 */
export const DELETED_FROM = '/';
export const DELETED_BEFORE = '0';

/**
 * How long the row of a deleted channel stays at least, in milliseconds: a statement that read its id
 * before may still refer to it.
 */
const ROW_STAYS_MS = 60_000;

/** What is changed in the row of a channel that is deleted at a time, in milliseconds since 1970 (UTC). */
export interface DeletedRow {
  name: string;
  head: number;
  at: number;
  unindexed: number;
  muted_until: number;
  private: number;
  maker: null;
  people: null;
}

/**
 * The row of a deleted channel. It is private and has no members, so that nothing of it is found: also
 * by a search, which reads messages of all channels.
 */
export function deletedRow(id: number, at: number): DeletedRow {
  const name = `${DELETED_FROM}${id}`;
  const empty = { head: 0, unindexed: 0, muted_until: 0, maker: null, people: null };
  return { name, at, private: 1, ...empty };
}

/** True when the row of a channel that was deleted at a time may be removed. */
export function mayRemoveRow(at: number, now: number): boolean {
  return now - at > ROW_STAYS_MS;
}

/** Deletes channels: their names at once, their rows later. */
export interface RemovalStore {
  /**
   * Deletes a channel at a time, in milliseconds since 1970 (UTC), in one transaction. From then on nothing of it is found, and
   * its name is free. False when there is no channel of that name.
   */
  delete(channel: string, at: number, act?: AuditDraft): Promise<boolean>;
  /** The names that rows of deleted channels have now; `trim` removes their events. */
  left(): Promise<string[]>;
  /**
   * Removes `limit` other rows of a deleted channel at most, and its own row when no other is left.
   * Resolves with how many other rows were removed.
   */
  finish(name: string, now: number, limit: number): Promise<number>;
}
