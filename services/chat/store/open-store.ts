import { fileURLToPath } from 'node:url';
import { StartError } from '@parley/kit/run.ts';
import { openSqliteStore } from './sqlite/sqlite-store.ts';
import type { Store } from './store.ts';

/**
 * Opens the log at an address: `sqlite:<path>`, where a relative path starts at the working folder.
 * @throws StartError when it cannot be opened
 */
export async function openStore(url: string): Promise<Store> {
  try {
    return await openSqliteStore(sqlitePath(url));
  } catch (error) {
    throw new StartError(
      `cannot open the store: ${(error as Error).message}: check STORE_URL or DATA_DIR`,
    );
  }
}

function sqlitePath(url: string): string {
  if (url.startsWith('sqlite://')) return fileURLToPath(url.replace('sqlite:', 'file:'));
  return decodeURIComponent(url.slice('sqlite:'.length));
}
