import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { auditPageSchema } from '@parley/contract/accounts/audit.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import { newcomer, openDeployments, PASSWORD } from './account-deployments.ts';
import { newAdministrator, runAccount } from './administrator.ts';

const deployments = openDeployments();
let made: ReturnType<typeof newAdministrator> | undefined;

/** The administrator of the first deployment. */
function administrator() {
  made ??= newAdministrator(deployments.url, deployments.first.folder);
  return made;
}

async function read(query = '') {
  const { status, body } = await (await administrator()).browser.send('GET', `/audit${query}`);
  assert.equal(status, 200);
  return auditPageSchema.parse(body);
}

test('the acts of administrators over HTTP and by npm run account are kept in their order', async () => {
  const root = await administrator();
  const { browser, name } = await newcomer(deployments.url);
  const { next: _, entries: earlier } = await read();
  const after = earlier.at(-1)?.id ?? 0;
  const posted = await browser.send('POST', '/chat/acts', { message: 'first' });
  await browser.send('POST', '/chat/acts', { message: 'second' });
  assert.equal((await root.browser.send('DELETE', '/chat/acts/events/1')).status, 204);
  assert.equal((await root.browser.send('DELETE', '/chat/acts/events/1')).status, 204, 'again');
  assert.equal((await browser.send('DELETE', '/chat/acts/events/2')).status, 204, 'its own');
  assert.equal((await root.browser.send('PUT', '/chat/acts/closed')).status, 204);
  assert.equal((await root.browser.send('DELETE', '/chat/acts/closed')).status, 204);
  await runAccount(deployments.first.folder, ['sign-out', name]);
  const { entries } = await read(`?after=${after}`);
  const acts = entries.map(({ name: who, act, whom, channel, detail }) => [
    who === root.name ? 'root' : 'command',
    act,
    whom ?? channel,
    detail,
  ]);
  assert.deepEqual(acts, [
    ['root', 'delete-message', name, 'message 1'],
    ['root', 'close-channel', 'acts', undefined],
    ['root', 'reopen-channel', 'acts', undefined],
    ['command', 'sign-out', name, undefined],
  ]);
  assert.match(String(entries[0]?.by), /^account:/);
  assert.equal(entries[3]?.by, 'command');
  assert.ok(Date.parse(String(entries[0]?.at)) >= Date.parse(String(posted.body.at)));
});

test('acts are read in pages from both ends', async () => {
  const { entries: all, next } = await read();
  assert.equal(next, null);
  const [first, second] = all;
  assert.deepEqual(await read('?limit=1'), { entries: [first], next: first?.id });
  assert.deepEqual((await read(`?limit=1&after=${first?.id}`)).entries, [second]);
  const newest = await read(`?limit=2&before=${Number.MAX_SAFE_INTEGER}`);
  assert.deepEqual(newest, { entries: all.slice(-2), next: all.at(-2)?.id });
  assert.deepEqual(await read(`?before=${second?.id}`), { entries: [first], next: null });
  const { body } = await (await administrator()).browser.send('GET', '/audit?after=x');
  assert.equal(body.code, 'invalid-query');
});

test('only administrators read the acts', async () => {
  const guest = new BrowserSession(deployments.url);
  assert.equal((await guest.send('GET', '/audit')).status, 401);
  const { browser } = await newcomer(deployments.url);
  assert.equal((await browser.send('GET', '/audit')).status, 403);
});

test('acts are removed after AUDIT_DAYS', async () => {
  const { running, folder } = await deployments.open();
  const { name } = await newAdministrator(running.url, folder);
  assert.equal(await running.end('SIGTERM'), 0);
  {
    using database = new DatabaseSync(`${folder}/parley.db`);
    const threeDaysAgo = Date.now() - 3 * 86_400_000;
    database.prepare("UPDATE audit SET act = 'old', at = ?").run(threeDaysAgo);
  }
  await runAccount(folder, ['sign-out', name]);
  await using later = await start('services/standalone', { DATA_DIR: folder, AUDIT_DAYS: '2' });
  const browser = new BrowserSession(later.url);
  await browser.send('POST', '/session', { login: name, password: PASSWORD });
  const acts = async () => {
    const { body } = await browser.send('GET', '/audit');
    return auditPageSchema.parse(body).entries.map(({ act }) => act);
  };
  await until('the old act is gone', async () => !(await acts()).includes('old'));
  assert.deepEqual(await acts(), ['sign-out']);
  assert.equal(await later.end('SIGTERM'), 0);
});

test('all traffic matched the API documents', async () => {
  assert.equal(await deployments.first.running.end('SIGTERM'), 0);
});
