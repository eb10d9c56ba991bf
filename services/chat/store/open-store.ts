import { join, resolve } from 'node:path';
import type { Log } from '@parley/kit/log/log.ts';
import { openAtAddress } from '@parley/store/open-at-address.ts';
import type { StoreConfig } from '@parley/store/store-settings.ts';
import type { OpenedStore } from './opened-store.ts';
import { refuseNul } from './refuse-nul.ts';

/** The address of the store: STORE_URL, or else the embedded store in DATA_DIR. */
export function chooseStoreUrl({
  storeUrl,
  dataDir,
}: {
  storeUrl: string;
  dataDir: string;
}): string {
  return storeUrl || `sqlite:${encodeURI(join(resolve(dataDir), 'parley.db'))}`;
}

/**
 * Opens the log at an address. Loads only the modules that this kind of store needs.
 * @throws StartError when it cannot be opened, SettingsError when a file cannot be read
 */
export async function openStore(config: StoreConfig, log: Log): Promise<OpenedStore> {
  const { storeConnections: connections } = config;
  const store = await openAtAddress<OpenedStore>(
    config,
    { program: 'parley-chat', log },
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
  return refuseNul(store);
}
