import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { listen } from '@parley/kit/http/server/listen.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import {
  type IdentityProvider,
  startIdentityProvider,
} from '@parley/testkit/credentials/identity-provider.ts';
import { CLIENT } from '@parley/testkit/credentials/openid-provider.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import {
  begin,
  goBack,
  type OpenIdDeployment,
  openIdSettings,
  startOpenIdDeployment,
} from './openid-deployment.ts';

const stack = new AsyncDisposableStack();
let deployment: OpenIdDeployment;
before(async () => {
  // Pages of other sites may read, and still not use the cookies of a browser.
  deployment = stack.use(await startOpenIdDeployment({ CORS_ORIGINS: '*' }));
});
after(() => stack.disposeAsync());

const newBrowser = () => new BrowserSession(deployment.parley.url);
const isGuest = async (browser: BrowserSession) =>
  (await browser.send('GET', '/session')).status === 401;

/** An address with one part of its query changed. */
function changed(address: string, name: string, value: string): string {
  const url = new URL(address);
  url.searchParams.set(name, value);
  return url.href;
}

const queryOf = (address: string, name: string) => new URL(address).searchParams.get(name) ?? '';

test("login CSRF: the attacker's answer does not sign in another browser", async () => {
  const { provider } = deployment;
  const attacker = newBrowser();
  const answer = await provider.signIn(await begin(attacker), 'mallory');
  const bare = newBrowser();
  assert.equal(await goBack(bare, answer), '/#sign-in=expired');
  const victim = newBrowser();
  const own = await begin(victim);
  assert.equal(await goBack(victim, answer), '/#sign-in=expired');
  assert.equal(
    await goBack(victim, changed(answer, 'state', queryOf(own, 'state'))),
    '/#sign-in=refused',
  );
  assert.ok((await isGuest(bare)) && (await isGuest(victim)));
  // What the others tried took nothing from the browser that began.
  assert.equal(await goBack(attacker, answer), '/');
});

test('an answer has one use', async () => {
  const browser = newBrowser();
  const answer = await deployment.provider.signIn(await begin(browser), 'ada');
  const places = await Promise.all([1, 2, 3].map(() => goBack(browser, answer)));
  assert.deepEqual(places.sort(), ['/', '/#sign-in=expired', '/#sign-in=expired']);
  await browser.send('DELETE', '/session');
  assert.equal(await goBack(browser, answer), '/#sign-in=expired');
  assert.ok(await isGuest(browser));
});

test('a code belongs to its own sign-in: a stolen one is useless elsewhere', async () => {
  const { provider } = deployment;
  const [victim, attacker] = [newBrowser(), newBrowser()];
  const stolen = await provider.signIn(await begin(victim), 'victim');
  const own = await provider.signIn(await begin(attacker), 'mallory');
  const injected = changed(own, 'code', queryOf(stolen, 'code'));
  assert.equal(await goBack(attacker, injected), '/#sign-in=refused');
  assert.ok(await isGuest(attacker));
});

test('mix-up: an answer that names another issuer is refused', async () => {
  const browser = newBrowser();
  const answer = await deployment.provider.signIn(await begin(browser), 'ada');
  const mixed = changed(answer, 'iss', 'https://evil.example');
  assert.equal(await goBack(browser, mixed), '/#sign-in=refused');
});

test('two tabs of a browser can sign in at once', async () => {
  const browser = newBrowser();
  const [one, two] = [await begin(browser, { channel: 'one' }), await begin(browser)];
  const { provider } = deployment;
  assert.equal(await goBack(browser, await provider.signIn(two, 'ada')), '/');
  assert.equal(await goBack(browser, await provider.signIn(one, 'ada')), '/one');
});

test('what the person or the provider refuses is a word of ours, and no text of theirs', async () => {
  const browser = newBrowser();
  const cancelled = await deployment.provider.cancel(await begin(browser, { channel: 'lobby' }));
  assert.equal(queryOf(cancelled, 'error'), 'access_denied');
  assert.equal(await goBack(browser, cancelled), '/lobby#sign-in=denied');
  const state = queryOf(await begin(browser), 'state');
  const iss = encodeURIComponent(deployment.provider.issuer);
  const path = `http://x/session/openid/callback?state=${state}&iss=${iss}&error=`;
  assert.equal(
    await goBack(browser, `${path}%3Cscript%3E&error_description=call+us`),
    '/#sign-in=refused',
  );
  for (const query of ['', '?state=x', '?state=a&state=b', `?code=x&state=${'x'.repeat(43)}`]) {
    assert.equal(
      await goBack(browser, `http://x/session/openid/callback${query}`),
      '/#sign-in=expired',
    );
  }
});

test('Parley leads to its own channels only', async () => {
  const places = ['//evil.example', '/\\evil.example', 'https://evil.example', 'users', '', 7];
  for (const channel of places) {
    const { status } = await newBrowser().send('POST', '/session/openid', { channel });
    assert.equal(status, 400, String(channel));
  }
});

test('a page of another site cannot begin a sign-in', async () => {
  const foreign = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' };
  const { status, body } = await newBrowser().send('POST', '/session/openid', undefined, foreign);
  assert.deepEqual([status, body.code], [403, 'origin-refused']);
  assert.equal((await newBrowser().send('GET', '/session/openid')).status, 405);
});

test('over TLS the cookie is for this host only, and an address begins a limited number of sign-ins', async () => {
  await using limited = await startOpenIdDeployment({ TRUSTED_PROXIES: 'loopback' });
  const from = (address: string) =>
    new BrowserSession(limited.parley.url).send('POST', '/session/openid', undefined, {
      'X-Forwarded-For': address,
    });
  const browser = new BrowserSession(limited.parley.url);
  const tls = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '192.0.2.3' };
  const { body } = await browser.send('POST', '/session/openid', undefined, tls);
  assert.match(queryOf(String(body.url), 'redirect_uri'), /^https:/);
  assert.match(
    browser.lastCookies.join('\n'),
    /^__Host-parley-openid=[^\n]*Path=\/;[^\n]*HttpOnly; Secure; SameSite=Lax$/,
  );
  const answers = await Promise.all(Array.from({ length: 301 }, () => from('192.0.2.1')));
  assert.equal(answers.filter(({ status }) => status === 429).length, 1);
  assert.equal((await from('192.0.2.2')).status, 200);
});

/** A provider whose answers the test chooses. */
interface ForgedProvider {
  issuer: string;
  keys: IdentityProvider;
  /** The ID token of its next answer. */
  idToken: string;
  /** Whether it answers at all. */
  silent: boolean;
}

async function startForgedProvider(): Promise<ForgedProvider> {
  const keys = stack.use(await startIdentityProvider());
  keys.addKey('rsa', 'rsa');
  const server = createServer((request, response) => {
    if (forged.silent) return;
    const { issuer, idToken } = forged;
    const answer = request.url?.startsWith('/token')
      ? { access_token: 'x', token_type: 'Bearer', id_token: idToken }
      : {
          issuer,
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: keys.jwksUrl,
        };
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(answer));
  });
  await listen(server, { host: '127.0.0.1', port: 0, setting: 'PORT' });
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const forged = { issuer, keys, idToken: '', silent: true };
  return forged;
}

test('an ID token that is not for this sign-in is refused, and a silent provider is reported', async () => {
  const forged = await startForgedProvider();
  const { path: DATA_DIR } = stack.use(await temporaryFolder());
  const parley: Running = stack.use(
    await start('services/standalone', { DATA_DIR, ...openIdSettings(forged.issuer) }),
  );
  const begun = performance.now();
  const silent = await new BrowserSession(parley.url).send('POST', '/session/openid');
  assert.deepEqual([silent.status, silent.body.code], [503, 'provider-unavailable']);
  assert.ok(performance.now() - begun < 9_000);

  forged.silent = false;
  const NOW = Math.floor(Date.now() / 1000);
  /** Signs in with an ID token; resolves with the place to which Parley leads. */
  const answer = async (make: (nonce: string) => string) => {
    const browser = new BrowserSession(parley.url);
    const address = await begin(browser);
    forged.idToken = make(queryOf(address, 'nonce'));
    const state = queryOf(address, 'state');
    return goBack(browser, `http://x/session/openid/callback?code=c&state=${state}`);
  };
  const signed = (nonce: string, claims: object = {}) =>
    forged.keys.sign('rsa', { iss: forged.issuer, aud: CLIENT.id, iat: NOW, nonce, ...claims });
  assert.equal(await answer((nonce) => signed(nonce)), '/');

  const unsigned = (token: string) => {
    const header = Buffer.from('{"alg":"none"}').toString('base64url');
    return [header, token.split('.')[1], ''].join('.');
  };
  const other = stack.use(await startIdentityProvider());
  other.addKey('rsa', 'rsa');
  const forgeries: Record<string, (nonce: string) => string> = {
    'another nonce': () => signed('another'),
    'no nonce': () => signed('', { nonce: undefined }),
    'another client': (nonce) => signed(nonce, { aud: 'another' }),
    'another issuer': (nonce) => signed(nonce, { iss: 'https://evil.example' }),
    expired: (nonce) => signed(nonce, { exp: NOW - 600 }),
    'no signature': (nonce) => unsigned(signed(nonce)),
    'the key of another': (nonce) =>
      other.sign('rsa', { iss: forged.issuer, aud: CLIENT.id, iat: NOW, nonce }),
    'no subject': (nonce) => signed(nonce, { sub: undefined }),
    'a subject with a space at its end': (nonce) => signed(nonce, { sub: '7 ' }),
    'a subject with U+0000': (nonce) => signed(nonce, { sub: '7\0' }),
    'no token': () => '',
  };
  for (const [name, make] of Object.entries(forgeries)) {
    assert.equal(await answer(make), '/#sign-in=refused', name);
  }
  forged.silent = true;
  assert.equal(await answer((nonce) => signed(nonce)), '/#sign-in=away');
  assert.equal(await parley.end('SIGTERM'), 0);
});

test('all traffic matched the API documents', async () => {
  assert.equal(await deployment.parley.end('SIGTERM'), 0);
});
