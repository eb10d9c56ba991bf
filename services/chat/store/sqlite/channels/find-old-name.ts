import type { DatabaseSync } from 'node:sqlite';

/** Opens the look-up of the channel that had a name: its id and its name now. */
export function openFindOldName(database: DatabaseSync) {
  const find = database.prepare(
    `SELECT id, channel.name FROM old_name JOIN channel ON id = channel_id
     WHERE old_name.name = ?`,
  );
  return (name: string) => find.get(name) as { id: number; name: string } | undefined;
}
