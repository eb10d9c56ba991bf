import type { DatabaseSync } from 'node:sqlite';

/**
 * The file in which `npm start` keeps the hooks: beside the store's file, or the address of one beside
 * the store's address.
 */
export function hooksFileOf(store: string): string {
  return store.replace(/(\.db)?$/, '-hooks.db');
}

/** The tables of the hooks and their indexes, in the order in which they were made. */
const HOOK_PARTS = `SELECT type, name, sql FROM source.sqlite_schema
  WHERE sql IS NOT NULL AND (tbl_name = 'hook' OR tbl_name LIKE 'hook\\_%' ESCAPE '\\') ORDER BY rowid`;

/** Copies the hooks with all that belongs to them from a file that no other program writes. */
export function copyHooks(from: string, to: DatabaseSync): void {
  to.prepare('ATTACH ? AS source').run(from);
  to.exec('BEGIN');
  for (const { type, name, sql } of to.prepare(HOOK_PARTS).all()) {
    to.exec(String(sql));
    if (type === 'table') to.exec(`INSERT INTO main.${name} SELECT * FROM source.${name}`);
  }
  to.exec('COMMIT; DETACH source');
}
