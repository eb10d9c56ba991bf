import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { PROGRAM_ENV } from '@parley/testkit/program-env.ts';
import { newcomer, PASSWORD } from './account-deployments.ts';

const run = promisify(execFile);

/** Runs `npm run account` on a deployment's store while the deployment runs. */
export async function runAccount(folder: string, args: string[], input = ''): Promise<string> {
  const running = run(process.execPath, ['services/chat/commands/account/main.ts', ...args], {
    env: { ...PROGRAM_ENV, DATA_DIR: folder },
  });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

/** Makes a new account an administrator, and signs it in. */
export async function newAdministrator(url: string, folder: string) {
  const { name } = await newcomer(url);
  await runAccount(folder, ['admin', name]);
  const browser = new BrowserSession(url);
  const signedIn = await browser.send('POST', '/session', { login: name, password: PASSWORD });
  assert.equal(signedIn.body.admin, true);
  return { name, browser, token: String(signedIn.body.token) };
}
