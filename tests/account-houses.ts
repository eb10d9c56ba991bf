import assert from 'node:assert/strict';
import { BrowserSession } from './browser-session.ts';
import { type Running, start } from './running.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Everybody's password. */
export const PASSWORD = 'correct horse battery staple';

/** Starts houses, each with a store of its own; `stack` ends them with whatever else is put there. */
export function openHouses() {
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

/** Somebody new, signed up and signed in. */
export async function newcomer(url: string) {
  const name = `ada-${++people}`;
  const browser = new BrowserSession(url);
  const fields = { username: name, email: `${name}@example.org`, password: PASSWORD };
  const { status, body } = await browser.send('POST', '/users', fields);
  assert.equal(status, 201);
  return { name, email: fields.email, browser, token: String(body.token) };
}

/** Signs in, as a browser without cookies. */
export const login = (name: string, password: string, url: string) =>
  new BrowserSession(url).send('POST', '/session', { login: name, password });

/** Shows a token. */
export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
