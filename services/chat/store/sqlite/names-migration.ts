import type { DatabaseSync } from 'node:sqlite';
import { lookRows, renamedChannels } from '../names-migration.ts';

/** Gives the accounts of an older file their looks, and the channels their composed names. */
export function bringNamesUpToDate(database: DatabaseSync): void {
  const addLook = database.prepare(
    'INSERT INTO account_look (look, account_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  const accounts = database.prepare('SELECT id, username FROM account ORDER BY at, id').all();
  for (const { id, username } of accounts) {
    for (const row of lookRows({ id: String(id), username: String(username) })) {
      addLook.run(row.look, row.account_id);
    }
  }
  const rename = database.prepare('UPDATE channel SET name = ? WHERE name = ?');
  const channels = database.prepare('SELECT name FROM channel ORDER BY id').all();
  for (const { name, composed } of renamedChannels(channels.map((row) => String(row.name)))) {
    rename.run(composed, name);
  }
}
