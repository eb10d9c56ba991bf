import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { openSigningKey, type SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { connectWithToken } from '@parley/testkit/clients/device.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { metric } from '@parley/testkit/metric.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';

const PART = { username: 'parley', password: 'the password of the parts' };

const stack = new AsyncDisposableStack();
let parley: Running;
let mqttPort: number;
let privatePem: string;
let key: SigningKey;
let everything: string;

before(async () => {
  const folder = stack.use(await temporaryFolder());
  mqttPort = await freePort();
  const env = {
    DATA_DIR: folder.path,
    AUTH: 'required',
    MQTT_PORT: String(mqttPort),
    MQTT_PASSWORD: PART.password,
  };
  parley = stack.use(await start('services/standalone', env));
  privatePem = readFileSync(`${folder.path}/token.key`, 'utf8');
  key = openSigningKey(privatePem);
  everything = key.sign({ sub: 'root', publish: ['**'], subscribe: ['**'] }, 600);
});
after(() => stack.disposeAsync());

function postMessage(
  token: string | undefined,
  channel: string,
  fields: object = { username: 'ada' },
) {
  return fetch(`${parley.url}/chat/${channel}`, {
    method: 'POST',
    headers: { ...bearerHeader(token), 'Content-Type': 'application/json' },
    body: JSON.stringify({ message: 'hi', ...fields }),
  });
}

test('the answer to a request without a token tells how to show one', async () => {
  const refused = await fetch(`${parley.url}/chat/x`);
  assert.equal(refused.status, 401);
  assert.equal(refused.headers.get('www-authenticate'), 'Bearer');
  assert.equal(((await refused.json()) as { code: string }).code, 'unauthenticated');
});

/** Connects with this token; rejects if the broker refuses it. */
const connectDevice = (token: string | undefined, options: IClientOptions = {}) =>
  connectWithToken(`mqtt://127.0.0.1:${mqttPort}`, token, options);

const closed = (device: MqttClient) =>
  new Promise<void>((resolve) => void device.once('close', resolve));

test('by MQTT a token cannot subscribe to topics of services, nor forge events', async () => {
  const device = await connectDevice(
    key.sign({ sub: 'x', publish: [], subscribe: ['team.*'] }, 600),
  );
  for (const topic of ['chat/events/lobby', 'chat/echo/+', '#', '$SYS/#', 'chat/inbox/team.red']) {
    await assert.rejects(device.subscribeAsync(topic), topic);
  }
  const cut = closed(device);
  device.publish('chat/events/team.red', '{}', { qos: 1 });
  await cut;
  await device.endAsync(true);
});

test('by MQTT a channel with an escaped dot is the same channel', async () => {
  const token = key.sign({ sub: 'x', publish: [], subscribe: ['team.*'] }, 600);
  const device = await connectDevice(token);
  await device.subscribeAsync('chat/events/team%2Ered');
  for (const topic of ['chat/events/team%2Ered%2Esecret', 'chat/events/lobby%2Ered']) {
    await assert.rejects(device.subscribeAsync(topic), topic);
  }
  await device.endAsync(true);
});

/** A timer may be a few milliseconds early; a later expiry is due to the machine. */
function assertJustExpired(token: string): void {
  const { exp } = JSON.parse(String(Buffer.from(token.split('.')[1] ?? '', 'base64url')));
  const lateMs = Date.now() - exp * 1000;
  assert.ok(lateMs > -10 && lateMs < 3_000, `${lateMs} ms after its token expired`);
}

/** Subscribes to everything, as a service may. */
async function listenToAll(): Promise<{ part: MqttClient; received: string[] }> {
  const received: string[] = [];
  const options = { ...PART, clientId: `parley-test-${Math.random()}`, reconnectPeriod: 0 };
  const part = await mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, options, false);
  part.on('message', (topic) => received.push(topic));
  await part.subscribeAsync('#');
  return { part, received };
}

test('by MQTT a will is published only where its token may post', async () => {
  const { part, received } = await listenToAll();
  const token = key.sign({ sub: 'x', publish: ['team.*'], subscribe: ['**'] }, 600);
  const leaveWithWill = async (topic: string, retain = false) => {
    const will = { topic, payload: Buffer.from('{}'), qos: 1 as const, retain };
    const device = await connectDevice(token, { will });
    const gone = closed(device);
    // Without a DISCONNECT, which would cancel the will.
    device.stream.destroy();
    await gone;
    await device.endAsync(true);
  };
  const clients = await metric(parley.url, 'parley_broker_clients');
  await leaveWithWill('chat/inbox/lobby');
  await leaveWithWill('chat/events/team.red');
  await leaveWithWill('chat/sessions/ended');
  await leaveWithWill('chat/inbox/team.blue', true);
  await until(
    'the broker has closed their connections',
    async () => (await metric(parley.url, 'parley_broker_clients')) === clients,
  );
  await leaveWithWill('chat/inbox/team.red');
  await until('the allowed will arrived', () => received.includes('chat/inbox/team.red'));
  assert.deepEqual(
    received.filter((topic) => /inbox|events|sessions/.test(topic)),
    ['chat/inbox/team.red'],
  );
  await part.endAsync(true);
});

test('by MQTT a device that is disconnected because its token expired leaves no will', async () => {
  const { part, received } = await listenToAll();
  const will = { topic: 'chat/inbox/team.red', payload: Buffer.from('{}'), qos: 1 as const };
  const claims = { sub: 'x', publish: ['team.*'], subscribe: [] };
  const device = await connectDevice(key.sign(claims, 2), { will });
  await closed(device);
  // This message arrives after everything that the broker published before.
  await part.publishAsync('chat/inbox/afterwards', '{}', { qos: 1 });
  await until('the later message arrived', () => received.includes('chat/inbox/afterwards'));
  assert.ok(!received.includes(will.topic));
  await Promise.all([part.endAsync(true), device.endAsync(true)]);
});

test('a device is disconnected when its token expires', async () => {
  const token = key.sign({ sub: 'x', publish: [], subscribe: ['**'] }, 2);
  const device = await connectDevice(token);
  await closed(device);
  assertJustExpired(token);
  await device.endAsync(true);
});

test('the channel list has only the channels that the token may read', async () => {
  const token = key.sign({ sub: 'x', publish: [], subscribe: ['team.*'] }, 600);
  for (const channel of ['team.red', 'team.blue', 'lobby']) await postMessage(everything, channel);
  for (const list of ['/chat', '/api/chat']) {
    const answer = await fetch(`${parley.url}${list}?limit=100`, { headers: bearerHeader(token) });
    const { channels } = (await answer.json()) as { channels: { channel: string }[] };
    assert.deepEqual(
      channels.map(({ channel }) => channel),
      ['team.blue', 'team.red'],
    );
  }
  const first = await fetch(`${parley.url}/chat?limit=1`, { headers: bearerHeader(token) });
  const page = (await first.json()) as { channels: { channel: string }[]; next: string | null };
  assert.deepEqual(
    [page.channels.map(({ channel }) => channel), page.next],
    [['team.blue'], 'team.blue'],
  );
  const last = await fetch(`${parley.url}/chat?limit=1&after=team.blue`, {
    headers: bearerHeader(token),
  });
  assert.equal(((await last.json()) as { next: string | null }).next, null);
});

test('a token with a name can post only under it, one without a name under any', async () => {
  const named = key.sign({ sub: '7', name: 'ada', publish: ['**'], subscribe: ['**'] }, 600);
  const nameOf = async (response: Response) =>
    ((await response.json()) as { username: string }).username;
  assert.equal(await nameOf(await postMessage(named, 'names', {})), 'ada');
  assert.equal(await nameOf(await postMessage(named, 'names', { username: 'ada' })), 'ada');
  assert.equal((await postMessage(named, 'names', { username: 'bob' })).status, 403);
  assert.equal(await nameOf(await postMessage(everything, 'names', { username: 'bob' })), 'bob');
});

test('a WebSocket posts with the rights of its token', async () => {
  const reader = key.sign({ sub: 'x', publish: [], subscribe: ['**'] }, 600);
  const member = key.sign({ sub: 'y', name: 'eve', publish: ['talk'], subscribe: ['talk'] }, 600);
  const frame = { type: 'message', message: 'hi', username: 'ada' };
  using silent = new SocketReader(parley.url, 'talk', '', bearerHeader(reader));
  using both = new SocketReader(parley.url, 'talk', '', bearerHeader(member));
  await Promise.all([silent.receivedFrame('hello'), both.receivedFrame('hello')]);
  silent.send(frame);
  both.send(frame);
  both.send({ ...frame, username: undefined });
  await Promise.all([
    silent.receivedFrame('error'),
    both.receivedFrame('error'),
    both.receivedFrame('ack'),
  ]);
  assert.equal(silent.answers('error')[0]?.code, 'forbidden');
  assert.equal(both.answers('error')[0]?.code, 'forbidden');
  await silent.received(1);
  assert.equal(silent.events[0]?.username, 'eve');
});

test('a stream ends with a named event when its token expires, over SSE and WebSocket', async () => {
  const token = key.sign({ sub: 'x', publish: [], subscribe: ['**'] }, 2);
  using socket = new SocketReader(parley.url, 'short', '', bearerHeader(token));
  const response = await fetch(`${parley.url}/broadcast/short`, { headers: bearerHeader(token) });
  assert.equal(response.status, 200);
  await socket.receivedFrame('hello');
  const text = await response.text();
  assertJustExpired(token);
  assert.match(text, /\nevent: expired\ndata: \{\}\n\n$/);
  assert.equal(await socket.closed, 1008);
  assert.equal(socket.others.at(-1)?.type, 'expired');
  assert.equal(await metric(parley.url, 'parley_streams_closed_total{reason="expired"}'), 2);
});

test('separate services accept the keys that chat publishes, and broadcast reads the log with its token', async () => {
  await using folder = await temporaryFolder();
  const keyFile = `${folder.path}/token.key`;
  writeFileSync(keyFile, privatePem, { mode: 0o600 });
  await using broker = await start('broker', {});
  const env = { MQTT_URL: broker.ready.mqtt ?? '', AUTH: 'required' };
  await using chat = await start('services/chat', {
    ...env,
    STORE_URL: `sqlite:${folder.path}/parley.db`,
    TOKEN_KEY_FILE: keyFile,
  });
  const part = key.sign({ sub: 'broadcast', publish: [], subscribe: ['**'] }, 600);
  await using broadcast = await start('services/broadcast', {
    ...env,
    CHAT_URL: chat.url,
    CHAT_TOKEN: part,
  });
  await until(
    'broadcast is ready',
    async () => (await fetch(`${broadcast.url}/readyz`)).status === 200,
  );
  const headers = { ...bearerHeader(everything), 'Content-Type': 'application/json' };
  const body = JSON.stringify({ username: 'ada', message: 'hi' });
  assert.equal((await fetch(`${chat.url}/chat/x`, { method: 'POST', headers, body })).status, 201);
  using reader = new SocketReader(broadcast.url, 'x', '?last=5', bearerHeader(everything));
  await reader.received(1);
  assert.equal((await fetch(`${broadcast.url}/broadcast/x`)).status, 401);
  await using deaf = await start('services/broadcast', { ...env, CHAT_URL: chat.url });
  assert.equal((await fetch(`${deaf.url}/readyz`)).status, 503);
});

test('with AUTH=open a token gives a name and an invalid one is refused', async () => {
  await using folder = await temporaryFolder();
  writeFileSync(`${folder.path}/key`, privatePem, { mode: 0o600 });
  await using open = await start('services/standalone', {
    DATA_DIR: folder.path,
    TOKEN_KEY_FILE: `${folder.path}/key`,
  });
  const named = key.sign({ sub: '7', name: 'ada', publish: [], subscribe: [] }, 600);
  const post = (token: string | undefined, username?: string) =>
    fetch(`${open.url}/chat/open`, {
      method: 'POST',
      headers: { ...bearerHeader(token), 'Content-Type': 'application/json' },
      body: JSON.stringify({ username, message: 'hi' }),
    });
  assert.equal((await post(undefined, 'guest')).status, 201);
  assert.equal((await post(named)).status, 201);
  assert.equal((await post(`${named}x`, 'guest')).status, 401);
  assert.deepEqual(
    (await wholeLog(open.url, 'open')).map(({ username }) => username),
    ['guest', 'ada'],
  );
});
