import assert from 'node:assert/strict';
import { type Browser, type BrowserServer, chromium, type Page } from 'playwright-core';
import { CHROMIUM } from '../real-parts.ts';
import { until } from '../until.ts';

/** Environment variable with the address of the browser that the whole test run shares. */
export const SHARED_BROWSER = 'TEST_BROWSER';

const launchOptions = (more: string[]) => ({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', ...more],
});

/**
 * The shared Chromium of the test run, or a new one if there is none or if the test needs arguments
 * (`more`). Closing it closes what its caller opened.
 */
export function launchBrowser(more: string[] = []): Promise<Browser> {
  const shared = process.env[SHARED_BROWSER];
  return shared && more.length === 0
    ? chromium.connect(shared)
    : chromium.launch(launchOptions(more));
}

/** Starts a Chromium for the whole test run. */
export function startBrowserServer(): Promise<BrowserServer> {
  return chromium.launchServer(launchOptions([]));
}

/** Collects what a page must never do: errors, dialogs and violations of its policy. */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(`error: ${message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (line) => {
    // The browser itself logs every refusal and every unreachable server on the console.
    const isResource = line.text().startsWith('Failed to load resource');
    if (line.type() === 'error' && !isResource) faults.push(`console: ${line.text()}`);
  });
  await page.exposeFunction('reportBreach', (what: string) => faults.push(`breach: ${what}`));
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    reportBreach(event.effectiveDirective + ' ' + event.blockedURI))`);
  return faults;
}

/** Waits until the page reads its channel live. */
export async function live(page: Page): Promise<void> {
  await page
    .locator('[data-testid=status][data-state=live], [data-testid=status][data-state=resumed]')
    .waitFor();
}

const STREAM_COUNTER = `
  window.streamsBegun = 0;
  window.EventSource = class extends EventSource {
    constructor(...args) {
      super(...args);
      this.addEventListener('hello', () => streamsBegun++);
    }
  };
`;

/** Counts the streams that begin in a page, or in each page of a context, after its next load. */
export async function countStreams(pages: Pick<Page, 'addInitScript'>): Promise<void> {
  await pages.addInitScript(STREAM_COUNTER);
}

/** The number of streams that have begun; what is posted now reaches the newest. */
export function streamsBegun(page: Page): Promise<number> {
  return page.evaluate('streamsBegun');
}

/** Writes a message and sends it with the keyboard. */
export async function sendMessage(page: Page, text: string): Promise<void> {
  await page.getByTestId('message-input').fill(text);
  await page.getByTestId('message-input').press('Enter');
}

/** The messages that the page shows, oldest first. */
export function textsOn(page: Page): Promise<string[]> {
  return page.getByTestId('message-text').allInnerTexts();
}

/** Waits until the page shows as many messages as `texts`, and expects exactly those. */
export async function shows(page: Page, texts: string[]): Promise<void> {
  await until(
    `the page shows ${texts.length} messages`,
    async () => (await textsOn(page)).length >= texts.length,
  );
  assert.deepEqual(await textsOn(page), texts);
}
