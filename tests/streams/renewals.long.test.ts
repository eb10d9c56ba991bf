import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { encodeEndedSession } from '@parley/contract/accounts/ended-session.ts';
import { encodeRenewal, instanceOf } from '@parley/contract/accounts/renewal.ts';
import { ENDED_SESSIONS_TOPIC, renewalsTopic } from '@parley/contract/channels/topic.ts';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import { openSigningKey, type SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { connectWithToken } from '@parley/testkit/clients/device.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { metric } from '@parley/testkit/metric.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt, { type MqttClient } from 'mqtt';

const PASSWORD = 'the password of the parts';
const EXPIRED = /\nevent: expired\ndata: \{\}\n\n$/;
/** The limit for "at once"; the tokens would be valid for ten minutes. */
const AT_ONCE_MS = 3_000;

const stack = new AsyncDisposableStack();
let key: SigningKey;
let mqttUrl: string;
let chat: Running;
/** Two replicas of broadcast. */
let one: Running;
let other: Running;
/** Publishes on the bus like a service. */
let bus: MqttClient;

const newPem = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();

before(async () => {
  const { path } = stack.use(await temporaryFolder());
  const privatePem = newPem();
  key = openSigningKey(privatePem);
  const publicKey = createPublicKey(createPrivateKey(privatePem));
  writeFileSync(`${path}/token.key`, privatePem, { mode: 0o600 });
  writeFileSync(`${path}/keys`, publicKey.export({ type: 'spki', format: 'pem' }));
  const auth = { AUTH: 'required', TOKEN_KEYS_FILE: `${path}/keys` };
  const broker = stack.use(await start('broker', { ...auth, MQTT_PASSWORD: PASSWORD }));
  mqttUrl = broker.ready.mqtt ?? '';
  const link = new URL(mqttUrl);
  link.username = 'parley';
  link.password = PASSWORD;
  const env = { ...auth, MQTT_URL: link.href };
  chat = stack.use(
    await start('services/chat', {
      ...env,
      STORE_URL: `sqlite:${path}/parley.db`,
      TOKEN_KEY_FILE: `${path}/token.key`,
    }),
  );
  const part = key.sign({ sub: 'broadcast', publish: ['**'], subscribe: ['**'] }, 600);
  const asBroadcast = { ...env, CHAT_URL: chat.url, CHAT_TOKEN: part };
  one = stack.use(await start('services/broadcast', asBroadcast));
  other = stack.use(await start('services/broadcast', asBroadcast));
  const login = { username: 'parley', password: PASSWORD };
  bus = await mqtt.connectAsync(mqttUrl, { ...login, clientId: 'parley-test' });
  stack.defer(() => bus.endAsync(true));
  await Promise.all(
    [chat, one, other].map(({ url }) =>
      until('the service is ready', async () => (await fetch(`${url}/readyz`)).status === 200),
    ),
  );
});
after(() => stack.disposeAsync());

const tokenOf = (claims: object = {}, lifeSeconds = 600) =>
  key.sign({ sub: 'ada', publish: ['**'], subscribe: ['**'], ...claims }, lifeSeconds);
const expiryOf = (token: string) =>
  JSON.parse(String(Buffer.from(token.split('.')[1] ?? '', 'base64url'))).exp * 1000;

const renew = (stream: string, token: string) =>
  bus.publishAsync(renewalsTopic(instanceOf(stream) ?? ''), encodeRenewal({ stream, token }), {
    qos: 1,
  });

const renewals = (outcome: string, { url } = one) =>
  metric(url, `parley_stream_renewals_total{outcome="${outcome}"}`);

function postMessage(channel: string, message: string): Promise<Response> {
  const headers = { ...bearerHeader(tokenOf()), 'Content-Type': 'application/json' };
  const body = JSON.stringify({ username: 'root', message });
  return fetch(`${chat.url}/chat/${channel}`, { method: 'POST', headers, body });
}

async function streamOf(socket: SocketReader): Promise<string> {
  await socket.receivedFrame('hello');
  return String(socket.answers('hello')[0]?.stream);
}

test('a stream outlives its token only when it is renewed, at its own replica', async () => {
  const token = tokenOf({}, 3);
  using renewed = new StreamText(one.url, 'long', bearerHeader(token));
  using left = new StreamText(one.url, 'long', bearerHeader(token));
  using elsewhere = new StreamText(other.url, 'long', bearerHeader(token));
  using socket = new SocketReader(other.url, 'long', '', bearerHeader(token));
  await Promise.all([left.name(), elsewhere.name()]);
  const streams = [await renewed.name(), await streamOf(socket)];
  assert.notEqual(instanceOf(streams[0] ?? ''), instanceOf(streams[1] ?? ''));
  for (const stream of streams) await renew(stream, tokenOf({ name: 'ada-again' }));

  for (const { closed } of [left, elsewhere]) assert.ok((await closed) >= expiryOf(token) - 5);
  assert.match(left.text, EXPIRED);
  assert.match(elsewhere.text, EXPIRED);
  assert.equal((await postMessage('long', 'still there?')).status, 201);
  await until('the renewed stream has the message', () => renewed.text.includes('still there?'));
  await socket.received(1);
  // The WebSocket now posts with the new token.
  socket.send({ type: 'message', message: 'yes' });
  await socket.received(2);
  assert.equal(socket.events[1]?.username, 'ada-again');
  assert.deepEqual([await renewals('renewed'), await renewals('renewed', other)], [1, 1]);
});

test('only a fitting token renews a stream', async () => {
  const token = tokenOf({}, 4);
  const stranger = openSigningKey(newPem());
  const claims = { sub: 'ada', publish: [], subscribe: ['**'] };
  const tokens = {
    'of another subject': tokenOf({ sub: 'bob' }),
    'without the right': tokenOf({ subscribe: ['elsewhere'] }),
    'that has expired': tokenOf({}, -60),
    'with a forged signature': stranger.sign(claims, 600),
    'that is invalid': 'x',
  };
  const refusedBefore = await renewals('refused');
  const streams = Object.entries(tokens).map(([what, wrong]) => {
    const stream = new StreamText(one.url, 'short', bearerHeader(token));
    return { what, wrong, stream };
  });
  for (const { wrong, stream } of streams) await renew(await stream.name(), wrong);
  const [first] = streams;
  const topic = renewalsTopic(instanceOf((await first?.stream.name()) ?? '') ?? '');
  for (const garbage of ['', '{', '{"stream":7}'])
    await bus.publishAsync(topic, garbage, { qos: 1 });
  await until(
    'all renewals were refused',
    async () => (await renewals('refused')) === refusedBefore + 8,
  );
  for (const { what, stream } of streams) {
    assert.ok((await stream.closed) >= expiryOf(token) - 5, what);
    assert.match(stream.text, EXPIRED, what);
  }
  const unknown = await renewals('unknown');
  await renew((await first?.stream.name()) ?? '', tokenOf());
  await until('the renewal came too late', async () => (await renewals('unknown')) === unknown + 1);
});

test('a late renewal with a token that ends sooner shortens nothing', async () => {
  using stream = new StreamText(one.url, 'late', bearerHeader(tokenOf()));
  const short = tokenOf({}, 2);
  const before = await renewals('renewed');
  await renew(await stream.name(), short);
  await until('the renewal arrived', async () => (await renewals('renewed')) === before + 1);
  using ended = new StreamText(one.url, 'late', bearerHeader(short));
  await ended.closed;
  assert.equal((await postMessage('late', 'go on')).status, 201);
  await until('the stream goes on', () => stream.text.includes('go on'));
});

const connectDevice = (token: string) => connectWithToken(mqttUrl, token);

test('the end of a session closes only its own streams, WebSockets and MQTT clients, at once', async () => {
  const [mine, theirs] = [tokenOf({ sid: 'mine' }), tokenOf({ sid: 'theirs' })];
  using sse = new StreamText(one.url, 'team', bearerHeader(mine));
  using socket = new SocketReader(other.url, 'team', '', bearerHeader(mine));
  using otherSse = new StreamText(one.url, 'team', bearerHeader(theirs));
  using otherSocket = new SocketReader(other.url, 'team', '', bearerHeader(theirs));
  const device = await connectDevice(mine);
  const otherDevice = await connectDevice(theirs);
  const deviceClosed = new Promise<void>((resolve) => void device.once('close', () => resolve()));
  const received: string[] = [];
  otherDevice.on('message', (_, payload) => received.push(String(payload)));
  await otherDevice.subscribeAsync('chat/events/team');
  await Promise.all([sse.name(), otherSse.name(), streamOf(socket), streamOf(otherSocket)]);

  const until10Minutes = Math.ceil(Date.now() / 1000) + 600;
  const ended = encodeEndedSession({ sid: 'mine', until: until10Minutes });
  const endedAt = Date.now();
  await bus.publishAsync(ENDED_SESSIONS_TOPIC, ended, { qos: 1 });
  const [, code] = await Promise.all([sse.closed, socket.closed, deviceClosed]);
  assert.ok(Date.now() - endedAt < AT_ONCE_MS);
  assert.match(sse.text, EXPIRED);
  assert.equal(code, 1008);
  assert.equal(socket.others.at(-1)?.type, 'expired');

  for (const { url } of [chat, one, other])
    await until('the end is known', () => isRefused(url, mine));
  await assert.rejects(connectDevice(mine), /Not authorized/);
  assert.equal((await postMessage('team', 'who is left?')).status, 201);
  await otherSocket.received(1);
  await until('the others have the message', () =>
    [otherSse.text, received.join()].every((text) => text.includes('who is left?')),
  );
  await Promise.all([device.endAsync(true), otherDevice.endAsync(true)]);
});

/** Whether a service refuses a token because its session has ended. */
async function isRefused(url: string, token: string): Promise<boolean> {
  const path = url === chat.url ? '/chat/team' : '/broadcast/team';
  const response = await fetch(url + path, { headers: bearerHeader(token) });
  if (response.status === 200) return response.body?.cancel().then(() => false) ?? false;
  const { detail } = (await response.json()) as { detail: string };
  return response.status === 401 && /session has ended/.test(detail);
}

test('only a service can end a session or renew a stream over the bus', async () => {
  for (const topic of [ENDED_SESSIONS_TOPIC, renewalsTopic('x')]) {
    const device = await connectDevice(tokenOf());
    await assert.rejects(device.subscribeAsync(topic), topic);
    const cut = new Promise<void>((resolve) => void device.once('close', () => resolve()));
    device.publish(topic, encodeEndedSession({ sid: 'theirs', until: 4_000_000_000 }), { qos: 1 });
    await cut;
    await device.endAsync(true);
  }
  assert.equal(await isRefused(chat.url, tokenOf({ sid: 'theirs' })), false);
});

test('a channel whose right ends with a renewal is left out, with the reason, and the others go on', async () => {
  for (const channel of ['kept', 'lost']) await postMessage(channel, 'before');
  const shown = bearerHeader(tokenOf({ subscribe: ['kept', 'lost'] }, 300));
  using stream = new StreamText(one.url, '?channel=kept&channel=l*&last=9', shown, '/broadcast');
  using socket = new SocketReader(one.url, undefined, '', shown);
  const streams = [await stream.name(), await streamOf(socket)];
  for (const channel of ['kept', 'lost']) socket.send({ type: 'subscribe', channel, last: 9 });
  await socket.received(2);
  await until('the stream has both', () => stream.text.split('"message":"before"').length === 3);
  for (const name of streams) await renew(name, tokenOf({ subscribe: ['kept'] }));
  const reset = { channel: 'lost', reason: 'forbidden' };
  const frame = `\n\nevent: reset\ndata: ${JSON.stringify(reset)}\n\n`;
  await until('the stream has the reset', () => stream.text.includes(frame));
  await socket.receivedFrame('reset');
  assert.deepEqual(socket.answers('reset'), [{ type: 'reset', ...reset }]);
  for (const channel of ['lost', 'later', 'kept']) await postMessage(channel, 'after');
  await socket.received(3);
  await until('the stream goes on', () => stream.text.includes('"message":"after"'));
  assert.deepEqual(
    socket.events.map(({ channel, message }) => `${channel} ${message}`),
    ['kept before', 'lost before', 'kept after'],
  );
  assert.equal(stream.text.split('"message":"after"').length, 2);
  assert.doesNotMatch(
    stream.text.slice(stream.text.indexOf(frame)),
    /"channel":"(lost|later)","epoch"/,
  );
});

test('a channel whose right returns goes on after what was sent, also on a later stream', async () => {
  const both = { subscribe: ['stays', 'returns'] };
  const query = '?channel=stays&channel=ret*&presence=0';
  const open = (claims: object, more: string) =>
    new StreamText(one.url, query + more, bearerHeader(tokenOf(claims, 300)), '/broadcast');
  const textsOf = ({ text }: StreamText) =>
    [...text.matchAll(/"message":"(\w+)"/g)].map(([, message]) => message);
  const has = (stream: StreamText, message: string) =>
    until(`it has ${message}`, () => textsOf(stream).includes(message));
  const lastId = ({ text }: StreamText) => [...text.matchAll(/^id: (.+)$/gm)].at(-1)?.[1] ?? '';
  for (const message of ['r1', 'r2']) await postMessage('returns', message);
  using stream = open(both, '&last=9');
  await has(stream, 'r2');
  await renew(await stream.name(), tokenOf({ subscribe: ['stays'] }, 600));
  await until('it is left out', () => stream.text.includes('"reason":"forbidden"'));
  await postMessage('returns', 'r3');
  await postMessage('stays', 's1');
  await has(stream, 's1');
  const without = lastId(stream);
  await renew(await stream.name(), tokenOf(both, 900));
  await has(stream, 'r3');
  await postMessage('returns', 'r4');
  await has(stream, 'r4');
  assert.deepEqual(textsOf(stream), ['r1', 'r2', 's1', 'r3', 'r4']);

  using second = open({ subscribe: ['stays'] }, `&lastEventId=${without}`);
  await second.name();
  await postMessage('stays', 's2');
  await has(second, 's2');
  assert.deepEqual(textsOf(second), ['s2']);
  using third = open(both, `&lastEventId=${lastId(second)}`);
  await has(third, 'r4');
  assert.deepEqual(textsOf(third), ['r3', 'r4']);
});
