import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Log } from '@parley/kit/log.ts';
import { StartError } from '@parley/kit/run.ts';
import type { StoreConfig } from '../settings.ts';
import type { OpenedStore } from './opened-store.ts';
import { readStoreTls, type StoreTls } from './store-tls.ts';

/** The store that a configuration means: the one at STORE_URL, or else the embedded one in DATA_DIR. */
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
 * Opens the log at an address: `sqlite:<path>`, where a relative path starts at the working folder,
 * `postgres://…` or `mysql://…`. What a store needs is loaded for that store alone.
 * @throws StartError when it cannot be opened, SettingsError when a file cannot be read
 */
export async function openStore(config: StoreConfig, log: Log): Promise<OpenedStore> {
  const tls = readStoreTls(config);
  try {
    return await openByProtocol(config, { tls, log });
  } catch (error) {
    if (error instanceof StartError) throw error;
    // Neither the address nor what a driver says of it may show a password.
    const { code, message } = error as NodeJS.ErrnoException;
    const cause = (message || code || '').replaceAll('\n', ' ').trim();
    const hint = tls
      ? 'STORE_URL, STORE_CA_FILE, STORE_CERT_FILE and STORE_KEY_FILE'
      : 'STORE_URL or DATA_DIR';
    throw new StartError(`cannot open the store: ${cause}: check ${hint}`);
  }
}

async function openByProtocol(
  { storeUrl: url, storeConnections }: StoreConfig,
  { tls, log }: { tls: StoreTls | undefined; log: Log },
): Promise<OpenedStore> {
  if (url.startsWith('sqlite:')) {
    const { openSqliteStore } = await import('./sqlite/sqlite-store.ts');
    return openSqliteStore(sqlitePath(url));
  }
  const { openSqlStore } = await import('./sql/sql-store.ts');
  const onError = (error: Error) =>
    log.warn({ cause: error.message }, 'store: a connection was lost');
  if (url.startsWith('mysql:')) {
    const { mysqlDialect } = await import('./sql/mysql.ts');
    return openSqlStore(mysqlDialect({ url, tls, onError }), storeConnections);
  }
  const { postgresDialect } = await import('./sql/postgres.ts');
  return openSqlStore(postgresDialect({ url, tls, onError }), storeConnections);
}

function sqlitePath(url: string): string {
  if (url.startsWith('sqlite://')) return fileURLToPath(url.replace('sqlite:', 'file:'));
  return decodeURIComponent(url.slice('sqlite:'.length));
}
