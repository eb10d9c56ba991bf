import assert from 'node:assert/strict';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

/** The password of every account. */
export const PASSWORD = 'correct horse battery staple';

/**
 * Starts deployments, each with its own store; `stack` stops them and everything else that is added
 * to it.
 */
export function openDeployments() {
  const stack = new AsyncDisposableStack();
  return {
    stack,
    async open(env: Record<string, string> = {}): Promise<{ running: Running; folder: string }> {
      const folder = stack.use(await temporaryFolder()).path;
      const running = stack.use(await start('services/standalone', { DATA_DIR: folder, ...env }));
      return { running, folder };
    },
  };
}

let people = 0;

/** Signs a new account up and in. */
export async function newcomer(url: string) {
  const name = `ada-${++people}`;
  const browser = new BrowserSession(url);
  const fields = { username: name, email: `${name}@example.org`, password: PASSWORD };
  const { status, body } = await browser.send('POST', '/users', fields);
  assert.equal(status, 201);
  return { name, email: fields.email, browser, token: String(body.token) };
}

/** Signs in like a browser without cookies. */
export const login = (name: string, password: string, url: string) =>
  new BrowserSession(url).send('POST', '/session', { login: name, password });
