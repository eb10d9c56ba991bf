import { fileURLToPath } from 'node:url';
import type { Log } from '@parley/kit/log/log.ts';
import { StartError } from '@parley/kit/run.ts';
import type { SqlAddress } from './sql/sql-server.ts';
import type { StoreConfig } from './store-settings.ts';
import { readStoreTls, type StoreTls } from './store-tls.ts';

/** How a service opens its store on each kind of database. Each function loads its own modules. */
export interface StoreOpeners<S> {
  sqlite(path: string): Promise<S>;
  postgres(address: SqlAddress): Promise<S>;
  mysql(address: SqlAddress): Promise<S>;
}

/**
 * Opens a store at an address: `sqlite:<path>`, where a relative path starts at the working folder,
 * `postgres://…` or `mysql://…`.
 * @throws StartError when it cannot be opened, SettingsError when a file cannot be read
 */
export async function openAtAddress<S>(
  config: StoreConfig,
  { program, log }: { program: string; log: Log },
  openers: StoreOpeners<S>,
): Promise<S> {
  const tls = readStoreTls(config);
  const onError = (error: Error) =>
    log.warn({ cause: error.message }, 'store: a connection was lost');
  const onRefusedName = (error: Error) =>
    log.warn({ cause: error.message }, 'store: posts go on without prepared statements');
  const { storeUrl: url } = config;
  try {
    if (url.startsWith('sqlite:')) return await openers.sqlite(sqlitePath(url));
    const address = { url, tls, program, onError, onRefusedName };
    return await (url.startsWith('mysql:') ? openers.mysql(address) : openers.postgres(address));
  } catch (error) {
    throw asStartError(error, tls);
  }
}

/**
 * Keeps only the code or message of an error: the address, and the rest of it, may show a password.
 */
function asStartError(error: unknown, tls: StoreTls | undefined): StartError {
  if (error instanceof StartError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const cause = (message || code || '').replaceAll('\n', ' ').trim();
  const hint = tls
    ? 'STORE_URL, STORE_CA_FILE, STORE_CERT_FILE and STORE_KEY_FILE'
    : 'STORE_URL or DATA_DIR';
  return new StartError(`cannot open the store: ${cause}: check ${hint}`);
}

function sqlitePath(url: string): string {
  if (url.startsWith('sqlite://')) return fileURLToPath(url.replace('sqlite:', 'file:'));
  return decodeURIComponent(url.slice('sqlite:'.length));
}
