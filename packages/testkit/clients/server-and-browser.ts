import { after, before } from 'node:test';
import type { Browser } from 'playwright-core';
import { type Running, start } from '../processes/running.ts';
import { needs } from '../real-parts.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { launchBrowser } from './browser-page.ts';

/** A server and a browser, which exist while the tests of a file run. */
export interface ServerAndBrowser {
  /** The options of each test: it is skipped where there is no browser. */
  options: { skip: string | false };
  readonly parley: Running;
  readonly browser: Browser;
}

/**
 * Starts a server on an empty folder and a browser before the tests of the file that calls it, and
 * closes both after them. `settings` of the server may be known only after earlier `before` hooks;
 * `startServer` starts it.
 */
export function startServerAndBrowser(
  settings: Record<string, string> | (() => Record<string, string>) = {},
  startServer: typeof start = start,
): ServerAndBrowser {
  const options = needs('chromium');
  const stack = new AsyncDisposableStack();
  let parley: Running | undefined;
  let browser: Browser | undefined;
  before(async () => {
    if (options.skip) return;
    const { path: DATA_DIR } = stack.use(await temporaryFolder());
    const env = typeof settings === 'function' ? settings() : settings;
    parley = stack.use(await startServer('services/standalone', { DATA_DIR, ...env }));
    browser = stack.use(await launchBrowser());
  });
  after(() => stack.disposeAsync());
  return {
    options,
    get parley() {
      return parley as Running;
    },
    get browser() {
      return browser as Browser;
    },
  };
}
