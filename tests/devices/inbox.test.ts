import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { openSigningKey, type SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { type Device, openDevice } from '@parley/testkit/clients/device.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { metric } from '@parley/testkit/metric.ts';
import { inboxOpened } from '@parley/testkit/mqtt-brokers/server-for-devices.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

/** An identity provider that does not answer. */
const AWAY = {
  OIDC_ISSUER: 'https://login.example',
  OIDC_JWKS_URL: 'http://127.0.0.1:1/certs',
  OIDC_AUDIENCE: 'chat',
};

const stack = new AsyncDisposableStack();
let parley: Running;
let device: Device;
let key: SigningKey;
let required: Running;

before(async () => {
  const folders = [stack.use(await temporaryFolder()), stack.use(await temporaryFolder())];
  const [open = '', closed = ''] = folders.map(({ path }) => path);
  // Accepts tokens, and keeps its key in the folder where the other server makes it.
  required = stack.use(await start('services/standalone', { DATA_DIR: closed, AUTH: 'required' }));
  key = openSigningKey(readFileSync(`${closed}/token.key`, 'utf8'));
  const TOKEN_KEY_FILE = `${closed}/token.key`;
  parley = stack.use(
    await start('services/standalone', { DATA_DIR: open, TOKEN_KEY_FILE, ...AWAY }),
  );
  for (const { url } of [parley, required]) {
    await inboxOpened(url);
  }
  device = stack.use(await openDevice(brokerOf(parley)));
});
after(() => stack.disposeAsync());

/** The address of a standalone's own broker. */
function brokerOf({ output }: Running): string {
  const line = output.find((text) => text.includes('broker is ready')) ?? '{}';
  return JSON.parse(line).mqtt;
}

const texts = async (channel: string, { url } = parley) =>
  (await wholeLog(url, channel)).map(({ username, message }) => `${username}: ${message}`);

const stored = (channel: string, count: number) =>
  until('all is stored', async () => (await wholeLog(parley.url, channel)).length >= count);

const token = (more: object = {}) =>
  key.sign({ sub: 'probe', publish: ['team.*'], subscribe: [], ...more }, 600);

test('device messages are stored in order, like posts', async () => {
  for (let i = 0; i < 20; i++) await device.post('ünï.1', { username: 'probe', message: `m${i}` });
  await device.post('ünï.1', { username: 'probe', message: 'qos 0' }, { qos: 0 });
  await stored('ünï.1', 21);
  const expected = [...Array.from({ length: 20 }, (_, i) => `probe: m${i}`), 'probe: qos 0'];
  assert.deepEqual(await texts('ünï.1'), expected);
});

test('two equal messages are two, and repeats of a key are one', async () => {
  const fields = { username: 'probe', message: 'again' };
  for (const more of [{}, {}, { key: 'k' }, { key: 'k' }, { key: 'k' }]) {
    await device.post('equal', { ...fields, ...more });
  }
  await device.post('equal', { ...fields, message: 'last' });
  await stored('equal', 4);
  assert.deepEqual(await texts('equal'), [...Array(3).fill('probe: again'), 'probe: last']);
});

/** Nested too deeply to be encoded as JSON again. */
const DEEP = `{"message":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;

const FAULTS: [what: string, channel: string, sent: object | string, code: string][] = [
  ['no JSON', 'faults', 'hi', 'malformed-json'],
  ['no JSON object', 'faults', '["hi"]', 'malformed-json'],
  ['deeply nested JSON', 'faults', DEEP, 'malformed-json'],
  ['no message', 'faults', { username: 'probe', key: 'mine' }, 'invalid-message'],
  ['no name', 'faults', { message: 'hi' }, 'invalid-username'],
  ['an invalid channel name', '.hidden', { username: 'probe', message: 'hi' }, 'invalid-channel'],
  ['a reserved channel', 'metrics', { username: 'probe', message: 'hi' }, 'reserved-channel'],
  ['a key with a space', 'faults', { message: 'x', key: ' inbox' }, 'invalid-idempotency-key'],
  ['an invalid token', 'faults', { message: 'x', token: 'x.y.z' }, 'invalid-token'],
  ['a token that is not a text', 'faults', { message: 'x', token: 7 }, 'invalid-token'],
];

for (const [what, channel, sent, code] of FAULTS) {
  test(`a device receives its problem: ${what}`, async () => {
    await using own = await openDevice(brokerOf(parley));
    await own.post(channel, sent);
    await own.receivedProblems(1);
    const { key, ...problem } = own.problems[0] ?? assert.fail();
    assert.equal(problem.code, code);
    assert.equal(key, Object(sent).key);
    assert.deepEqual(await wholeLog(parley.url, 'faults'), []);
  });
}

test('the key of another message is refused as a mismatch', async () => {
  await device.post('mismatch', { username: 'probe', message: 'one', key: 'm' });
  await device.post('mismatch', { username: 'probe', message: 'two', key: 'm' });
  await device.receivedProblems(1);
  assert.equal(device.problems[0]?.code, 'idempotency-mismatch');
  assert.equal(device.problems[0]?.key, 'm');
});

test('a device cannot read the problems of another, nor publish in its name', async () => {
  await using other = await openDevice(brokerOf(parley), { clientId: 'victim' });
  await using own = await openDevice(brokerOf(parley));
  for (const filter of ['chat/errors/victim', 'chat/errors/+', 'chat/errors/#']) {
    await assert.rejects(own.client.subscribeAsync(filter), /Subscribe error/, filter);
  }
  await own.post('victims', { message: 'hi', client: 'victim' });
  await own.receivedProblems(1);
  assert.deepEqual(other.problems, []);
});

test('with AUTH=open a token gives a name that only its bearer can use', async () => {
  const named = token({ name: 'ada' });
  await using own = await openDevice(brokerOf(parley));
  await own.post('names', { message: 'by name', token: named });
  await own.post('names', { message: 'forged', username: 'omri', token: named });
  await own.post('names', { message: 'any name', username: 'omri', token: token() });
  await own.receivedProblems(1);
  assert.equal(own.problems[0]?.code, 'forbidden');
  await stored('names', 2);
  assert.deepEqual(await texts('names'), ['ada: by name', 'omri: any name']);
});

test("with AUTH=required only the device's own token counts, with exactly its rights", async () => {
  const everything = key.sign({ sub: 'root', publish: ['**'], subscribe: ['**'] }, 600);
  const fields = { username: 'probe', message: 'hi' };
  await using own = await openDevice(brokerOf(required), { username: 'x', password: token() });
  await own.post('team.red', { ...fields, token: everything });
  // The broker lets chat check this message: the device's token does not cover the channel.
  await using root = await openDevice(brokerOf(required), { username: 'x', password: everything });
  await root.post('team.red', { ...fields, message: 'from root', token: 'overwritten' });
  await assert.rejects(openDevice(brokerOf(required)), /Not authorized/);
  const closed = new Promise<void>((resolve) => own.client.once('close', resolve));
  own.post('secret', fields).catch(() => undefined);
  await closed;
  const headers = { Authorization: `Bearer ${everything}` };
  const read = async (channel: string) => {
    const page = await fetch(`${required.url}/chat/${channel}/events`, { headers });
    return ((await page.json()) as { events: { message: string }[] }).events;
  };
  await until('both are stored', async () => (await read('team.red')).length === 2);
  assert.deepEqual(
    (await read('team.red')).map(({ message }) => message),
    ['hi', 'from root'],
  );
  assert.deepEqual(await read('secret'), []);
});

test("a provider's token that cannot be checked delays no other message", async () => {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const theirs = `${encode({ alg: 'ES256', kid: 'k' })}.${encode({ iss: AWAY.OIDC_ISSUER })}.AA`;
  await using own = await openDevice(brokerOf(parley));
  await own.post('kept-back', { username: 'probe', message: 'theirs', token: theirs });
  await own.post('kept-back', { username: 'probe', message: 'mine' });
  await stored('kept-back', 1);
  await own.receivedProblems(1);
  assert.equal(own.problems[0]?.code, 'keys-unavailable');
  assert.deepEqual(await texts('kept-back'), ['probe: mine']);
});

test("only the bearer of the same subject can take over a device's client id", async () => {
  const connect = (sub: string) =>
    openDevice(brokerOf(required), { clientId: 'ours', username: 'x', password: token({ sub }) });
  await using first = await connect('probe');
  await assert.rejects(connect('another'), /Not authorized/);
  assert.ok(first.client.connected);
  const closed = new Promise<void>((resolve) => first.client.once('close', resolve));
  await using second = await connect('probe');
  await closed;
  assert.ok(second.client.connected);
});

test('each message is counted by its outcome', async () => {
  const count = (outcome: string) => metric(parley.url, `parley_inbox_total{outcome="${outcome}"}`);
  for (const outcome of ['stored', 'replayed', 'mismatch', 'refused']) {
    assert.ok((await count(outcome)) > 0, outcome);
  }
});
