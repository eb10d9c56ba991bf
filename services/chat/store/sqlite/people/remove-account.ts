import type { DatabaseSync } from 'node:sqlite';
import { accountSubject } from '@parley/contract/accounts/subject.ts';
import { mailedLinkIds, resetLinkId } from '../../people/links.ts';

/**
 * Opens the removal of an account and of what the store keeps about it, in the transaction that is
 * open. Each row is found by an index.
 */
export function openRemoveAccount(database: DatabaseSync): (id: string) => void {
  const byId = ['member', 'read_position', 'mention', 'account_look'].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE account_id = ?`),
  );
  const noteLastMutes = database.prepare(
    `UPDATE channel SET muted_until = (
       SELECT coalesce(max(until_at), 0) FROM mute WHERE channel_id = channel.id AND subject <> ?1
     ) WHERE id IN (SELECT channel_id FROM mute WHERE subject = ?1)`,
  );
  const removeMutes = database.prepare('DELETE FROM mute WHERE subject = ?');
  const forgetMaker = database.prepare("UPDATE channel SET maker = '' WHERE maker = ?");
  const removeLink = database.prepare('DELETE FROM link WHERE id = ?');
  const remove = database.prepare('DELETE FROM account WHERE id = ?');
  return (id) => {
    for (const removal of byId) removal.run(id);
    noteLastMutes.run(accountSubject(id));
    removeMutes.run(accountSubject(id));
    forgetMaker.run(id);
    for (const link of [resetLinkId(id), ...mailedLinkIds(id)]) removeLink.run(link);
    remove.run(id);
  };
}
