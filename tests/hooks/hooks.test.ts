import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { newcomer } from '../accounts/account-deployments.ts';
import { newAdministrator } from '../accounts/administrator.ts';

const stack = new AsyncDisposableStack();
let parley: Running;
let root: Awaited<ReturnType<typeof newAdministrator>>;
const HOOK = { url: 'https://example.org/a', channels: ['team.*'] };

before(async () => {
  const folder = stack.use(await temporaryFolder());
  parley = stack.use(await start('services/standalone', { DATA_DIR: folder.path }));
  root = await newAdministrator(parley.url, folder.path);
});
after(() => stack.disposeAsync());

test('an administrator makes, changes, sees and deletes a hook, and each act is kept', async () => {
  const { browser } = root;
  assert.deepEqual((await browser.send('GET', '/hooks')).body, { hooks: [] });
  const made = await browser.send('PUT', '/hooks/one', HOOK);
  assert.equal(made.status, 201);
  assert.match(String(made.body.secret), /^whsec_[A-Za-z0-9+/]{43}=$/);
  const changed = await browser.send('PUT', '/hooks/one', { ...HOOK, kinds: ['order.*'] });
  assert.deepEqual([changed.status, changed.body.secret], [200, undefined]);
  for (const path of ['/hooks', '/hooks/one']) {
    const { body } = await browser.send('GET', path);
    assert.ok(!JSON.stringify(body).includes('whsec_'), path);
  }
  const failures = await browser.send('GET', '/hooks/one/failures');
  assert.deepEqual(failures.body, { failures: [], next: null });
  assert.equal((await browser.send('DELETE', '/hooks/one')).status, 204);
  assert.equal((await browser.send('GET', '/hooks/one')).status, 404);
  const { entries } = (await browser.send('GET', '/audit')).body as {
    entries: { act: string; detail?: string }[];
  };
  const acts = entries.filter(({ detail }) => detail === 'one').map(({ act }) => act);
  assert.deepEqual(acts, ['put-hook', 'put-hook', 'delete-hook']);
});

test('guests and other accounts see and change no hook', async () => {
  const { browser } = await newcomer(parley.url);
  for (const [method, path] of [
    ['GET', '/hooks'],
    ['GET', '/hooks/one'],
    ['GET', '/hooks/one/failures'],
    ['PUT', '/hooks/one'],
    ['DELETE', '/hooks/one'],
  ] as const) {
    const body = method === 'PUT' ? HOOK : undefined;
    assert.equal((await browser.send(method, path, body)).status, 403, `${method} ${path}`);
    const guest = await fetch(parley.url + path, { method });
    await guest.body?.cancel();
    assert.equal(guest.status, 401, `${method} ${path}`);
  }
});

test('a hook that is wrong is refused with what to send', async () => {
  const { browser } = root;
  for (const wrong of [
    { url: 'ftp://example.org' },
    { url: 'http://ana:secret@example.org' },
    { url: '/a' },
    { channels: [] },
    { channels: ['**a'] },
    { kinds: ['a b'] },
    { secret: 'whsec_short' },
    { more: 1 },
  ]) {
    const { status, body } = await browser.send('PUT', '/hooks/two', { ...HOOK, ...wrong });
    assert.deepEqual([status, body.code], [400, 'invalid-hook'], JSON.stringify(wrong));
  }
  assert.equal((await browser.send('PUT', '/hooks/IN', HOOK)).body.code, 'invalid-hook');
  assert.equal((await browser.send('PUT', '/hooks/in', HOOK)).body.code, 'method-not-allowed');
});

test('all traffic matched the API documents', async () => {
  assert.equal(await parley.end('SIGTERM'), 0);
});
