import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Claims } from '@parley/contract/accounts/claims.ts';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { openSigningKey, type SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { BrowserSession } from '@parley/testkit/clients/browser-session.ts';
import { type Device, openDevice } from '@parley/testkit/clients/device.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import {
  type IdentityProvider,
  PROVIDER,
  PROVIDER_AUDIENCE,
  startIdentityProvider,
} from '@parley/testkit/credentials/identity-provider.ts';
import { metric } from '@parley/testkit/metric.ts';
import { inboxOpened } from '@parley/testkit/mqtt-brokers/server-for-devices.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const PASSWORD = 'correct horse battery staple';
const SERVER_NAME = 'parley-1';

const stack = new AsyncDisposableStack();
let provider: IdentityProvider;
let parley: Running;
let device: Device;
let key: SigningKey;

before(async () => {
  provider = stack.use(await startIdentityProvider());
  provider.addKey('ec', 'ec');
  const folder = stack.use(await temporaryFolder()).path;
  const mqttPort = await freePort();
  const env = {
    DATA_DIR: folder,
    MQTT_PORT: String(mqttPort),
    SERVER_NAME,
    CANARY_SECONDS: '1',
    OIDC_ISSUER: PROVIDER,
    OIDC_JWKS_URL: provider.jwksUrl,
    OIDC_AUDIENCE: PROVIDER_AUDIENCE,
    OIDC_PUBLISH: '**',
  };
  parley = stack.use(await start('services/standalone', env));
  key = openSigningKey(readFileSync(`${folder}/token.key`, 'utf8'));
  await inboxOpened(parley.url);
  device = stack.use(await openDevice(`mqtt://127.0.0.1:${mqttPort}`));
});
after(() => stack.disposeAsync());

async function signUp(username: string) {
  const browser = new BrowserSession(parley.url);
  const email = `${username}@example.org`;
  const { status, body } = await browser.send('POST', '/users', {
    username,
    email,
    password: PASSWORD,
  });
  assert.equal(status, 201);
  return { browser, token: String(body.token) };
}

const token = (claims: Partial<Claims> = {}) =>
  key.sign({ sub: 'program', publish: ['**'], subscribe: ['**'], ...claims }, 600);

/**
 * Posts with these fields and this token in each way; the outcome is stored, or the code of the
 * refusal.
 */
const WAYS: Record<string, (fields: object, token: string | undefined) => Promise<string>> = {
  post: (fields, token) => postTo('/chat/names', fields, token),
  alias: (fields, token) => postTo('/api/chat/names', fields, token),
  async webSocket(fields, token) {
    using socket = new SocketReader(parley.url, 'names', '', bearerHeader(token));
    await socket.receivedFrame('hello');
    socket.send({ type: 'message', ...fields });
    const answers = () => [...socket.answers('ack'), ...socket.answers('error')];
    await until('the message was answered', () => answers().length === 1);
    return String(answers()[0]?.code ?? 'stored');
  },
  async inbox(fields, token) {
    const [before, refused] = [
      (await wholeLog(parley.url, 'names')).length,
      device.problems.length,
    ];
    await device.post('names', { client: device.id, token, ...fields });
    const stored = async () => (await wholeLog(parley.url, 'names')).length > before;
    await until('the message was stored or refused', async () => {
      return device.problems.length > refused || (await stored());
    });
    return device.problems[refused]?.code ?? 'stored';
  },
};

async function postTo(path: string, fields: object, token: string | undefined): Promise<string> {
  const { status, body } = await ask('POST', parley.url + path, bearerHeader(token), fields);
  return status === 201 ? 'stored' : String(body?.code);
}

const fieldsOf = (username?: string) => ({ username, message: 'hi' });

test('only an account can post under its own name, in every way', async () => {
  const { token: own } = await signUp('Ada');
  const cases: [who: string, fields: object, token: string | undefined, outcome: string][] = [
    ['a guest', fieldsOf('Ada'), undefined, 'name-taken'],
    ['a guest in small letters', fieldsOf(' ada '), undefined, 'name-taken'],
    ['a guest with an invisible character', fieldsOf('A\u2060da'), undefined, 'invalid-username'],
    ['a guest with a blank', fieldsOf('Ada\u2800'), undefined, 'invalid-username'],
    ['a guest with reversed letters', fieldsOf('\u202eadA'), undefined, 'invalid-username'],
    ['a guest with an invisible name', fieldsOf('\u3164'), undefined, 'invalid-username'],
    ['a guest with one Cyrillic letter', fieldsOf('Ad\u0430'), undefined, 'invalid-username'],
    ['a guest with mathematical letters', fieldsOf('\u{1d400}da'), undefined, 'name-taken'],
    ['a guest with a letter that looks alike', fieldsOf('\uff21d\u237a'), undefined, 'name-taken'],
    [
      'a program of a name that looks alike',
      fieldsOf(),
      token({ name: '\u{1d5d4}da' }),
      'name-taken',
    ],
    ['a program without a name', fieldsOf('Ada'), token(), 'name-taken'],
    ['a program of that name', fieldsOf(), token({ name: 'ada' }), 'name-taken'],
    ['an administrator', fieldsOf('Ada'), token({ role: 'admin' }), 'name-taken'],
    ['another account', fieldsOf('Ada'), token({ sub: 'account:else', name: 'Ada' }), 'name-taken'],
    [
      'a user of an identity provider',
      fieldsOf(),
      provider.sign('ec', { preferred_username: 'Ada' }),
      'name-taken',
    ],
    ['a guest of another name', fieldsOf('Adam'), undefined, 'stored'],
    ['the account', fieldsOf('Ada'), own, 'stored'],
    ['the account without a name', fieldsOf(), own, 'stored'],
  ];
  for (const [way, attempt] of Object.entries(WAYS)) {
    for (const [who, fields, shown, outcome] of cases) {
      assert.equal(await attempt(fields, shown), outcome, `${way}: ${who}`);
    }
  }
  const names = (await wholeLog(parley.url, 'names')).map(({ username }) => username);
  const once = ['Adam', 'Ada', 'Ada'];
  assert.deepEqual(
    names,
    Object.keys(WAYS).flatMap(() => once),
  );
});

test("a guest's key gets the same answer after the name has become an account's", async () => {
  const post = (username: string, key: string) =>
    ask('POST', `${parley.url}/chat/keys`, { 'Idempotency-Key': key }, fieldsOf(username));
  const first = await post('bob', 'k');
  await signUp('bob');
  assert.deepEqual(await post('bob', 'k'), { ...first, status: 200 });
  const refused = await post('bob', 'l');
  assert.deepEqual([refused.status, refused.body?.code], [403, 'name-taken']);
});

test('canaries arrive even when an account has the name of the server', async () => {
  await signUp(SERVER_NAME);
  const browser = new BrowserSession(parley.url);
  for (const username of [`canary@${SERVER_NAME}`, `canary＠${SERVER_NAME}`]) {
    const { body } = await browser.send('POST', '/users', {
      username,
      email: 'c@example.org',
      password: PASSWORD,
    });
    assert.equal(body.code, 'invalid-username');
  }
  const arrived = () => metric(parley.url, 'parley_canary_seconds_count');
  const before = await arrived();
  await until('two more arrive', async () => (await arrived()) >= before + 2);
  assert.equal(await metric(parley.url, 'parley_canary_failures_total'), 0);
});
