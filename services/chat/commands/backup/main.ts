import { openLog } from '@parley/kit/log/log.ts';
import { reportFault, runOnce } from '@parley/kit/run.ts';
import { loadSettings } from '@parley/kit/settings/settings.ts';
import { openAtAddress } from '@parley/store/open-at-address.ts';
import { chooseStoreUrl } from '../../store/open-store.ts';
import type { BackupDatabase } from './database.ts';
import { makeBackup, repeatBackups, restoreBackup, tryBackup } from './make-backup.ts';
import { type BackupOptions, type BackupTask, parseBackupOptions, USAGE } from './options.ts';
import { type BackupConfig, backupSettings } from './settings.ts';

const HOUR_MS = 3_600_000;

await runOnce(async () => {
  const [name, ...args] = process.argv.slice(2);
  const task: BackupTask = name === 'restore' ? 'restore' : 'backup';
  const options = parseBackupOptions(task, args);
  if (!options) return void process.stdout.write(`${USAGE[task]}\n`);
  const config = loadSettings(backupSettings, process.env);
  const database = await openBackupDatabase(config);
  for await (const line of work(database, options, config)) process.stdout.write(`${line}\n`);
});

function work(
  database: BackupDatabase,
  options: BackupOptions,
  config: BackupConfig,
): AsyncGenerator<string> {
  if (options.task === 'restore') return restoreBackup(database, options);
  if (options.task === 'check') return tryBackup(database, options.file);
  const { keep, every } = options;
  const folder = options.folder ?? (config.backupDir || 'backups');
  if (every === undefined) return makeBackup(database, { folder, keep });
  const stop = new AbortController();
  // As the first process of a container it would not end without these.
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => stop.abort());
  return repeatBackups(
    database,
    { folder, keep, everyMs: every * HOUR_MS },
    { signal: stop.signal, onFailure: (error) => void reportFault('parley', error) },
  );
}

/** Loads only the modules that this kind of store needs. */
async function openBackupDatabase(config: BackupConfig): Promise<BackupDatabase> {
  const store = { ...config, storeUrl: chooseStoreUrl(config) };
  const log = await openLog(config, 'backup');
  return openAtAddress<BackupDatabase>(
    store,
    { program: 'parley-backup', log },
    {
      async sqlite(path) {
        const { sqliteDatabase } = await import('./sqlite.ts');
        return sqliteDatabase(path);
      },
      async postgres(address) {
        const { postgresDatabase } = await import('./postgres.ts');
        return postgresDatabase(address, config);
      },
      async mysql(address) {
        const { mysqlDatabase } = await import('./mysql/mysql.ts');
        return mysqlDatabase(address, config);
      },
    },
  );
}
