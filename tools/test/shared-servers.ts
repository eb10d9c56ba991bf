import { SHARED_BROWSER, startBrowserServer } from '@parley/testkit/clients/browser-page.ts';
import {
  type DatabaseServer,
  SHARED_SERVERS,
  startMariaDb,
  startPostgres,
} from '@parley/testkit/databases/databases.ts';
import { isInstalled } from '@parley/testkit/real-parts.ts';

/**
 * Starts the servers that all files of a run share: PostgreSQL, MariaDB and Chromium, if they are
 * installed. Sets the environment variables by which the files find them.
 */
export async function startSharedServers(): Promise<AsyncDisposable> {
  await using building = new AsyncDisposableStack();
  const started = await Promise.allSettled([
    shareDatabase('postgresql', startPostgres, building),
    shareDatabase('mariadb', startMariaDb, building),
    shareBrowser(building),
  ]);
  for (const result of started) if (result.status === 'rejected') throw result.reason;
  return building.move();
}

async function shareDatabase(
  kind: keyof typeof SHARED_SERVERS,
  start: typeof startPostgres,
  stack: AsyncDisposableStack,
): Promise<void> {
  if (!isInstalled(kind)) return;
  const server: DatabaseServer = stack.use(await start({ durable: false }));
  process.env[SHARED_SERVERS[kind]] = `${server.port} ${server.folder}`;
}

async function shareBrowser(stack: AsyncDisposableStack): Promise<void> {
  if (!isInstalled('chromium')) return;
  const browser = await startBrowserServer();
  stack.defer(() => browser.close());
  process.env[SHARED_BROWSER] = browser.wsEndpoint();
}
