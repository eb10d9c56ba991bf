import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

/** The password of every account. */
export const PASSWORD = 'correct horse battery staple';

/** A deployment and the folder of its store. */
interface Deployment {
  running: Running;
  folder: string;
}

/**
 * Starts a deployment with the settings `env` before the tests of the file that calls it, and others
 * with `open`, each with its own store. After the tests `stack` stops them and everything else that is
 * added to it.
 */
export function openDeployments(env: () => Promise<Record<string, string>> = async () => ({})) {
  const stack = new AsyncDisposableStack();
  let first: Deployment;
  async function open(env: Record<string, string> = {}): Promise<Deployment> {
    const folder = stack.use(await temporaryFolder()).path;
    const running = stack.use(await start('services/standalone', { DATA_DIR: folder, ...env }));
    return { running, folder };
  }
  before(async () => {
    first = await open(await env());
  });
  after(() => stack.disposeAsync());
  return {
    stack,
    open,
    get first() {
      return first;
    },
    /** The address of the first deployment. */
    get url() {
      return first.running.url;
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
