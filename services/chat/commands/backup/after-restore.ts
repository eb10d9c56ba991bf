import { userInfo } from 'node:os';
import type { BackupHeader } from './backup-file.ts';

/**
 * The statements that end a restore, in the transaction of the restore. Events that were stored
 * after the backup had numbers that other events get now, so each channel gets a new epoch: no
 * position of before is valid. What ended after the backup must not come back: sessions, links and
 * tickets. `epoch` is SQL for a new epoch.
 */
export function afterRestore({ tables, madeAt }: BackupHeader, epoch: string): string[] {
  const now = Date.now();
  const statements: Record<string, string> = {
    channel: `UPDATE channel SET epoch = ${epoch}`,
    session: `UPDATE session SET ended_at = ${now} WHERE ended_at IS NULL`,
    ticket: 'DELETE FROM ticket',
    link: 'DELETE FROM link',
    lease: `UPDATE lease SET holder = '', expires = 0`,
    hook: `UPDATE hook SET holder = '', expires = 0`,
    audit: `INSERT INTO audit (at, by_subject, by_name, act, whom, channel, detail)
      VALUES (${now}, 'command', '${userName()}', 'restore-backup', '', '', '${madeAt}')`,
  };
  return tables.flatMap((table) => statements[table] ?? []);
}

/** The system's user without characters that need care in SQL. */
function userName(): string {
  try {
    return userInfo()
      .username.replaceAll(/[^\w.-]/g, '')
      .slice(0, 64);
  } catch {
    return ''; // a user without a name, as in some containers
  }
}
