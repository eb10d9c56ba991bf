import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { PROGRAM_ENV } from '@parley/testkit/program-env.ts';
import { newcomer, PASSWORD } from './account-deployments.ts';

const run = promisify(execFile);

/** A deployment's store: its folder, or the settings that name it. */
type Store = string | Record<string, string>;

/** Runs `npm run account` on a deployment's store while the deployment runs. */
export async function runAccount(store: Store, args: string[], input = ''): Promise<string> {
  const settings = typeof store === 'string' ? { DATA_DIR: store } : store;
  const running = run(process.execPath, ['services/chat/commands/account/main.ts', ...args], {
    env: { ...PROGRAM_ENV, ...settings },
  });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

/** Makes a new account an administrator, and signs it in. */
export async function newAdministrator(url: string, store: Store) {
  const { name } = await newcomer(url);
  await runAccount(store, ['admin', name]);
  const browser = new BrowserSession(url);
  const signedIn = await browser.send('POST', '/session', { login: name, password: PASSWORD });
  assert.equal(signedIn.body.admin, true);
  return { name, browser, token: String(signedIn.body.token) };
}
