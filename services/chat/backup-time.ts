import type { Metrics } from '@parley/kit/metrics.ts';
import { newestBackup } from './commands/backup/backup-folder.ts';

/** Exports the time of the newest complete backup in a folder; 0 when there is none. */
export function measureBackups(folder: string, metrics: Metrics): void {
  if (folder === '') return;
  const time = metrics.gauge({
    name: 'parley_backup_newest_timestamp_seconds',
    help: 'Time of the newest complete backup in BACKUP_DIR, in seconds since 1970; 0 when there is none.',
  });
  metrics.beforeReading(async () => {
    const newest = await newestBackup(folder).catch(() => undefined);
    time.set((newest?.getTime() ?? 0) / 1000);
  });
}
