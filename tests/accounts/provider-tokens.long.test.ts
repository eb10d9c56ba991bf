import assert from 'node:assert/strict';
import { createHmac, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { openSigningKey, type SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { upgrade } from '@parley/testkit/clients/socket-reader.ts';
import { forgeTokens } from '@parley/testkit/credentials/forged-tokens.ts';
import {
  type IdentityProvider,
  inMinutes,
  PROVIDER,
  PROVIDER_AUDIENCE,
  startIdentityProvider,
} from '@parley/testkit/credentials/identity-provider.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { type Running, runToEnd, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import jsonwebtoken from 'jsonwebtoken';
import mqtt from 'mqtt';

const stack = new AsyncDisposableStack();
let provider: IdentityProvider;
let rsa: KeyObject;
let parley: Running;
let mqttPort: number;
let ownPem: string;
let ownKey: SigningKey;
let settings: Record<string, string>;

before(async () => {
  provider = stack.use(await startIdentityProvider());
  rsa = provider.addKey('rsa-1', 'rsa');
  provider.addKey('ec-1', 'ec');
  provider.show({ kty: 'oct', kid: 'secret', k: Buffer.from('hunter2').toString('base64url') });
  provider.show({ kty: 'XYZ', kid: 'of tomorrow' });
  const folder = stack.use(await temporaryFolder());
  mqttPort = await freePort();
  settings = {
    AUTH: 'required',
    OIDC_ISSUER: PROVIDER,
    OIDC_JWKS_URL: provider.jwksUrl,
    OIDC_AUDIENCE: PROVIDER_AUDIENCE,
    OIDC_SUBSCRIBE: 'news',
  };
  parley = stack.use(
    await start('services/standalone', {
      ...settings,
      DATA_DIR: folder.path,
      MQTT_PORT: String(mqttPort),
    }),
  );
  ownPem = readFileSync(`${folder.path}/token.key`, 'utf8');
  ownKey = openSigningKey(ownPem);
});
after(() => stack.disposeAsync());

const TEAM = { parley: { publish: ['team.*'], subscribe: ['team.*'] } };

/** Every way to use a token; each resolves with whether the token was accepted. */
const WAYS: Record<string, (token: string) => Promise<boolean>> = {
  post: async (token) => (await postMessage(token, 'team.red')).status === 201,
  events: (token) => taken('/chat/team.red/events', token),
  stream: (token) => taken('/broadcast/team.red', token),
  webSocket: async (token) =>
    (await upgrade(parley.url, '/broadcast/team.red/ws', bearerHeader(token))).status === 101,
  mqtt: async (password) => {
    const options = { username: 'x', password, reconnectPeriod: 0 };
    const device = mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, options, false);
    return device.then(
      (client) => client.endAsync(true).then(() => true),
      () => false,
    );
  },
};

async function taken(path: string, token: string): Promise<boolean> {
  const response = await fetch(parley.url + path, { headers: bearerHeader(token) });
  await response.body?.cancel();
  return response.status === 200;
}

function postMessage(token: string, channel: string, fields: object = { username: 'ada' }) {
  return fetch(`${parley.url}/chat/${channel}`, {
    method: 'POST',
    headers: { ...bearerHeader(token), 'Content-Type': 'application/json' },
    body: JSON.stringify({ message: 'hi', ...fields }),
  });
}

async function takenBy(token: string): Promise<string[]> {
  const ways: string[] = [];
  for (const [way, ask] of Object.entries(WAYS)) if (await ask(token)) ways.push(way);
  return ways;
}

test("a provider's tokens are accepted in every way, with either kind of key, beside our own", async () => {
  for (const kid of ['rsa-1', 'ec-1']) {
    assert.deepEqual(await takenBy(provider.sign(kid, TEAM)), Object.keys(WAYS), kid);
  }
  const ours = ownKey.sign({ sub: 'x', publish: ['**'], subscribe: ['**'] }, 600);
  assert.deepEqual(await takenBy(ours), Object.keys(WAYS));
});

test("a token's claims give its channels and name, and a token without claims has the configured rights", async () => {
  const named = provider.sign('rsa-1', { ...TEAM, preferred_username: 'ada' });
  assert.equal((await postMessage(named, 'lobby')).status, 403);
  assert.equal((await postMessage(named, 'team.red', { username: 'bob' })).status, 403);
  const posted = await postMessage(named, 'team.red', {});
  assert.equal(((await posted.json()) as { username: string }).username, 'ada');
  const plain = provider.sign('rsa-1');
  assert.equal(await taken('/chat/news/events', plain), true);
  assert.equal(await taken('/chat/team.red/events', plain), false);
  assert.equal((await postMessage(plain, 'news')).status, 403);
});

test('a new key of the provider is accepted when a token names it', async () => {
  provider.addKey('rsa-2', 'rsa');
  const token = provider.sign('rsa-2', TEAM);
  await until('the new key is accepted', () => taken('/chat/team.red/events', token));
  assert.deepEqual(await takenBy(provider.sign('rsa-1', TEAM)), Object.keys(WAYS));
});

/** Tokens that must be refused, by their fault. */
function misused(): Record<string, string> {
  const publicKey = createPublicKey(rsa);
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const payload = {
    iss: PROVIDER,
    aud: PROVIDER_AUDIENCE,
    sub: '7',
    exp: inMinutes(10),
    parley: { publish: ['**'], subscribe: ['**'], role: 'admin' },
  };
  const ourPayload = {
    ...payload,
    iss: 'parley',
    aud: 'parley',
    publish: ['**'],
    subscribe: ['**'],
  };
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const hmac = (secret: string | Buffer, kid = 'rsa-1') => {
    const text = `${part({ alg: 'HS256', kid })}.${part(payload)}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const ownSigned = (claims: object, kid: string) =>
    jsonwebtoken.sign(claims, ownPem, { algorithm: 'ES256', keyid: kid });
  const rsSigned = (algorithm: 'RS384' | 'PS256') =>
    jsonwebtoken.sign(payload, rsa, { algorithm, keyid: 'rsa-1' });
  const { kid: ownKid } = ownKey.publicJwk;
  return {
    'HS256 with its public key in PEM': hmac(pem),
    'HS256 with its public key in DER': hmac(publicKey.export({ type: 'spki', format: 'der' })),
    'HS256 with a secret that it publishes': hmac('hunter2', 'secret'),
    'no algorithm': `${part({ alg: 'none', kid: 'rsa-1' })}.${part(payload)}.`,
    'RS384 of its key': rsSigned('RS384'),
    'PS256 of its key': rsSigned('PS256'),
    'RS256 under the name of its other key': provider.sign('rsa-1', payload, { kid: 'ec-1' }),
    'ES256 under the name of its other key': provider.sign('ec-1', payload, { kid: 'rsa-1' }),
    'no key name': provider.sign('rsa-1', payload, { kid: undefined }),
    'a key that it does not publish': provider.sign('rsa-1', payload, { kid: 'rsa-9' }),
    'a key of an unknown kind': provider.sign('rsa-1', payload, { kid: 'of tomorrow' }),
    'an unknown critical header': provider.sign('rsa-1', payload, { crit: ['b64'], b64: true }),
    'of another issuer': provider.sign('rsa-1', { ...payload, iss: 'https://login.example' }),
    'of its issuer with a slash': provider.sign('rsa-1', { ...payload, iss: `${PROVIDER}/` }),
    'of several issuers': provider.sign('rsa-1', { ...payload, iss: [PROVIDER, 'parley'] }),
    'without an issuer': provider.sign('rsa-1', { ...payload, iss: undefined }),
    'for another audience': provider.sign('rsa-1', { ...payload, aud: 'account' }),
    'without an audience': provider.sign('rsa-1', { ...payload, aud: undefined }),
    'for our own audience': provider.sign('rsa-1', { ...payload, aud: 'parley' }),
    expired: provider.sign('rsa-1', { ...payload, exp: inMinutes(-2) }),
    'without an expiry': provider.sign('rsa-1', { ...payload, exp: undefined }),
    'not yet valid': provider.sign('rsa-1', { ...payload, nbf: inMinutes(5) }),
    'without a subject': provider.sign('rsa-1', { ...payload, sub: '' }),
    'its key with our issuer': provider.sign('rsa-1', ourPayload),
    'its key with our issuer and key name': provider.sign('ec-1', ourPayload, { kid: ownKid }),
    'its key with our key name': provider.sign('ec-1', payload, { kid: ownKid }),
    'our key with its issuer': ownSigned(payload, ownKid),
    'our key with its issuer and key name': ownSigned(payload, 'ec-1'),
    'our key with our issuer and its key name': ownSigned(ourPayload, 'ec-1'),
    'an invalid pattern': provider.sign('rsa-1', { parley: { publish: ['(.*)+'] } }),
    'a name that is too long': provider.sign('rsa-1', {
      ...TEAM,
      preferred_username: 'x'.repeat(65),
    }),
  };
}

test('no forged or misused token is accepted, whichever issuer it claims', async () => {
  const tokens = { ...forgeTokens(ownPem), ...misused() };
  for (const [what, token] of Object.entries(tokens)) {
    assert.deepEqual(await takenBy(token), [], what);
  }
});

test('an incomplete provider configuration is reported in one line', async () => {
  await using folder = await temporaryFolder();
  const begin = (env: Record<string, string>) =>
    runToEnd('services/standalone', { ...settings, DATA_DIR: folder.path, ...env });
  const halves = await begin({ OIDC_AUDIENCE: '' });
  assert.deepEqual([halves.code, halves.stderr.trim().split('\n').length], [1, 1]);
  assert.match(halves.stderr, /OIDC_ISSUER: needs OIDC_JWKS_URL and OIDC_AUDIENCE/);
  const ownSignIn = await begin({ OIDC_ISSUER: '', OIDC_CLIENT_ID: 'parley' });
  assert.match(ownSignIn.stderr, /OIDC_CLIENT_ID: needs OIDC_ISSUER/);
  assert.match((await begin({ OIDC_LABEL: ' ' })).stderr, /OIDC_LABEL: must have 1 to 40/);
  assert.match((await begin({ OIDC_CLAIMS: 'sub=email' })).stderr, /OIDC_CLAIMS: sub=email is not/);
  assert.match(
    (await begin({ OIDC_PUBLISH: '(' })).stderr,
    /OIDC_PUBLISH: \( is not a channel pattern/,
  );
});
