import type { Log } from '@parley/kit/log/log.ts';
import { openAtAddress } from '@parley/store/open-at-address.ts';
import type { StoreConfig } from '@parley/store/store-settings.ts';
import type { HookStore } from './store.ts';

/**
 * Opens the hooks at an address, which may be chat's database: the tables have other names. An SQLite
 * file is opened with the first hook. Only the modules of the chosen store are loaded.
 * @throws StartError when it cannot be opened, SettingsError when a file cannot be read
 */
export function openHookStore(config: StoreConfig, log: Log): Promise<HookStore> {
  const { storeConnections: connections } = config;
  return openAtAddress<HookStore>(
    config,
    { program: 'parley-hooks', log },
    {
      async sqlite(path) {
        const { openSqliteStore } = await import('./sqlite/sqlite-store.ts');
        return openSqliteStore(path);
      },
      async postgres(address) {
        const { openSqlStore } = await import('./sql/sql-store.ts');
        const { postgresDialect } = await import('./sql/postgres.ts');
        return openSqlStore(postgresDialect(address), connections);
      },
      async mysql(address) {
        const { openSqlStore } = await import('./sql/sql-store.ts');
        const { mysqlDialect } = await import('./sql/mysql.ts');
        return openSqlStore(mysqlDialect(address), connections);
      },
    },
  );
}
