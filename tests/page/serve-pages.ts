import { launchBrowser } from '@parley/testkit/clients/browser-page.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import type { Browser } from 'playwright-core';

/**
 * Starts a server with the page, on an empty folder, and a browser; `stack` closes both. `env` has
 * settings of the server, and `startServer` starts it.
 */
export async function servePages(
  stack: AsyncDisposableStack,
  env: Record<string, string> = {},
  startServer: typeof start = start,
): Promise<{ parley: Running; browser: Browser }> {
  const folder = stack.use(await temporaryFolder());
  const parley = stack.use(
    await startServer('services/standalone', { DATA_DIR: folder.path, ...env }),
  );
  const browser = await launchBrowser();
  stack.defer(() => browser.close());
  return { parley, browser };
}
