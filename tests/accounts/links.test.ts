import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditPageSchema } from '@parley/contract/accounts/audit.ts';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { openPostgres } from '@parley/testkit/databases/databases.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import pg from 'pg';
import { login, newcomer, openDeployments, PASSWORD } from './account-deployments.ts';
import { newAdministrator } from './administrator.ts';

const deployments = openDeployments();
const NEXT = 'another phrase altogether';

/** The secret in a link's fragment. */
function secretOf(link: unknown, word: string): string {
  const [, secret] = new RegExp(`/#${word}=([\\w-]{43})$`).exec(String(link)) ?? [];
  assert.ok(secret, String(link));
  return secret;
}

/** The secrets of the links in a program's output. */
const printed = ({ output }: Running) =>
  [...output.join('\n').matchAll(/#invitation=([\w-]{43})/g)].map(([, secret]) => secret ?? '');

async function firstLink(parley: Running): Promise<string[]> {
  await until('a link is printed', () => printed(parley).length > 0);
  return printed(parley);
}

function signUp(url: string, name: string, invitation?: string) {
  const fields = { username: name, email: `${name}@example.org`, password: PASSWORD, invitation };
  return new BrowserSession(url).send('POST', '/users', fields);
}

test('the first start prints a link that makes one administrator, and a later start none', async () => {
  await using folder = await temporaryFolder();
  const env = { DATA_DIR: folder.path, SIGN_UP: 'closed' };
  let lost = '';
  {
    await using parley = await start('services/standalone', env);
    [lost = ''] = await firstLink(parley);
    assert.equal(await parley.end('SIGTERM'), 0);
  }
  {
    await using parley = await start('services/standalone', env);
    const [secret = '', ...more] = await firstLink(parley);
    assert.deepEqual(more, []);
    assert.notEqual(secret, lost);
    assert.equal((await signUp(parley.url, 'late', lost)).body.code, 'invalid-link');
    const rivals = ['one', 'two', 'three'].map((name) => signUp(parley.url, name, secret));
    const answers = (await Promise.all(rivals)).map(({ status, body }) => [status, body.admin]);
    assert.deepEqual(answers.sort(), [
      [201, true],
      [403, undefined],
      [403, undefined],
    ]);
    assert.deepEqual(printed(parley), [secret], 'it is logged once');
    assert.equal(await parley.end('SIGTERM'), 0);
  }
  await using parley = await start('services/standalone', env);
  assert.equal(await parley.end('SIGTERM'), 0);
  assert.deepEqual(printed(parley), []);
});

test('with SIGN_UP=closed people sign up by an invitation only, as often as it allows', async () => {
  const { running: parley } = await deployments.open({ SIGN_UP: 'closed' });
  const { url } = parley;
  const [ofFirst] = await firstLink(parley);
  assert.equal((await signUp(url, 'root', ofFirst)).status, 201);
  const browser = new BrowserSession(url);
  await browser.send('POST', '/session', { login: 'root', password: PASSWORD });
  const made = await browser.send('POST', '/invitations', { uses: 2, hours: 1 });
  assert.equal(made.status, 201);
  assert.equal(made.body.uses, 2);
  assert.ok(Date.parse(String(made.body.expiresAt)) <= Date.now() + 3_600_000);
  assert.ok(String(made.body.link).startsWith(url));
  const secret = secretOf(made.body.link, 'invitation');
  const visitor = await signUp(url, 'none');
  assert.deepEqual([visitor.status, visitor.body.code], [403, 'forbidden']);
  for (const wrong of ['', 'x', 7, null, {}, 'A'.repeat(43)])
    assert.equal((await signUp(url, 'none', wrong as string)).body.code, 'invalid-link');
  const first = await signUp(url, 'first', secret);
  assert.deepEqual([first.status, first.body.admin], [201, false]);
  assert.equal((await signUp(url, 'FIRST', secret)).body.code, 'account-exists');
  assert.equal((await signUp(url, 'second', secret)).status, 201, 'a taken name is no use');
  assert.equal((await signUp(url, 'third', secret)).body.code, 'invalid-link');
  const other = await browser.send('POST', '/invitations');
  assert.equal(other.body.uses, 1);
  const { body: listed } = await browser.send('GET', '/invitations?limit=1000');
  const { id, expiresAt } = other.body;
  assert.deepEqual(listed, { invitations: [{ id, uses: 1, expiresAt }], next: null });
  const path = `/invitations/${id}`;
  assert.equal((await browser.send('DELETE', path)).status, 204);
  const { body: left } = await browser.send('GET', '/invitations');
  assert.deepEqual(left, { invitations: [], next: null });
  assert.equal((await browser.send('DELETE', path)).status, 404);
  const withdrawn = secretOf(other.body.link, 'invitation');
  assert.equal((await signUp(url, 'fourth', withdrawn)).body.code, 'invalid-link');
  for (const fields of [{ uses: 0 }, { uses: 1.5 }, { hours: 721 }, { hours: 'x' }]) {
    const { body } = await browser.send('POST', '/invitations', fields);
    assert.equal(body.code, 'malformed-request');
  }
  const { entries } = auditPageSchema.parse((await browser.send('GET', '/audit')).body);
  const acts = entries.map(({ act }) => act).filter((act) => act.includes('invit'));
  const accepted = ['accept-invitation', 'accept-invitation'];
  assert.deepEqual(acts, ['invite', ...accepted, 'invite', 'withdraw-invitation']);
  assert.ok(!JSON.stringify(entries).includes(secret));
  assert.ok(!parley.output.join().includes(secret));
  assert.equal(await parley.end('SIGTERM'), 0);
});

test('a link of an administrator sets a password once, and ends every session', async () => {
  const { url, first } = deployments;
  const root = await newAdministrator(url, first.folder);
  const { name, browser, token } = await newcomer(url);
  const path = `/users/${name}/reset-link`;
  const make = async () => secretOf((await root.browser.send('POST', path)).body.link, 'reset');
  const reset = (secret: string, newPassword: string) =>
    new BrowserSession(url).send('POST', '/session/reset', { reset: secret, newPassword });
  const [replaced, secret] = [await make(), await make()];
  assert.equal((await reset(replaced, NEXT)).body.code, 'invalid-link');
  assert.equal((await reset(secret, 'short')).body.code, 'invalid-password');
  assert.equal((await reset(secret, 'password1234')).body.code, 'invalid-password');
  assert.equal((await signUp(url, 'by-reset', secret)).body.code, 'invalid-link');
  const done = await reset(secret, NEXT);
  assert.deepEqual([done.status, done.body.username], [200, name]);
  assert.equal((await reset(secret, PASSWORD)).body.code, 'invalid-link');
  assert.equal((await browser.send('GET', '/session')).status, 401);
  const old = await browser.send('GET', '/chat', undefined, bearerHeader(token));
  assert.equal(old.body.code, 'invalid-token');
  assert.equal((await login(name, PASSWORD, url)).status, 401);
  assert.equal((await login(name, NEXT, url)).status, 200);
  const unused = await make();
  await root.browser.send('POST', `/users/${name}/suspended`);
  assert.equal((await reset(unused, PASSWORD)).body.code, 'account-suspended');
});

test('all traffic matched the API documents', async () => {
  assert.equal(await deployments.first.running.end('SIGTERM'), 0);
});

test(
  'a server whose database cannot store the first link starts all the same',
  needs('postgresql'),
  async () => {
    await using databases = await openPostgres();
    await using folder = await temporaryFolder();
    const env = { DATA_DIR: folder.path, STORE_URL: await databases.create('links') };
    {
      await using parley = await start('services/standalone', env);
      await firstLink(parley);
      assert.equal(await parley.end('SIGTERM'), 0);
    }
    const client = new pg.Client(env.STORE_URL);
    await client.connect();
    await client.query('DROP TABLE link');
    await client.end();
    await using parley = await start('services/standalone', env);
    await until('the failure is logged', () =>
      parley.output.join('').includes('no link for the first'),
    );
    assert.equal((await fetch(`${parley.url}/readyz`)).status, 200);
    assert.equal(await parley.end('SIGTERM'), 0);
  },
);
