import assert from 'node:assert/strict';
import { type Browser, type BrowserServer, chromium, type Page } from 'playwright-core';
import { CHROMIUM } from './real-parts.ts';
import { until } from './until.ts';

/** The variable that says where the browser of a whole test run is. */
export const SHARED_BROWSER = 'TEST_BROWSER';

const launchOptions = (more: string[]) => ({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', ...more],
});

/**
 * The Chromium of the whole test run, or one of its own where there is none or where it needs
 * arguments (`more`). Closing it closes what its caller opened.
 */
export function launchBrowser(more: string[] = []): Promise<Browser> {
  const shared = process.env[SHARED_BROWSER];
  return shared && more.length === 0
    ? chromium.connect(shared)
    : chromium.launch(launchOptions(more));
}

/** Starts a Chromium for a whole test run. */
export function startBrowserServer(): Promise<BrowserServer> {
  return chromium.launchServer(launchOptions([]));
}

/** What a page must never do, as it does it: errors, dialogs and breaches of its policy. */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(`error: ${message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (line) => {
    // Every refusal and every server that is away is told there by the browser itself.
    const told = line.text().startsWith('Failed to load resource');
    if (line.type() === 'error' && !told) faults.push(`console: ${line.text()}`);
  });
  await page.exposeFunction('tellBreach', (what: string) => faults.push(`breach: ${what}`));
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) =>
    tellBreach(event.effectiveDirective + ' ' + event.blockedURI))`);
  return faults;
}

/** Waits until the page reads its channel live. */
export async function live(page: Page): Promise<void> {
  await page
    .locator('[data-testid=status][data-state=live], [data-testid=status][data-state=resumed]')
    .waitFor();
}

/** Writes a message and sends it, as a person does. */
export async function say(page: Page, text: string): Promise<void> {
  await page.getByTestId('message-input').fill(text);
  await page.getByTestId('message-input').press('Enter');
}

/** The messages that the page shows, oldest first. */
export function textsOn(page: Page): Promise<string[]> {
  return page.getByTestId('message-text').allInnerTexts();
}

/** Waits until the page shows so many messages, and expects these. */
export async function shows(page: Page, texts: string[]): Promise<void> {
  await until(
    `the page shows ${texts.length} messages`,
    async () => (await textsOn(page)).length >= texts.length,
  );
  assert.deepEqual(await textsOn(page), texts);
}
