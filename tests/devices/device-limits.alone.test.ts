import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  connectPacket,
  openMqttSocket,
  packet,
  text,
} from '@parley/testkit/clients/mqtt-socket.ts';
import { makeCertificates } from '@parley/testkit/credentials/certificates.ts';
import { type Running, runToEnd, start, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt, { type IClientOptions } from 'mqtt';
import { WebSocket } from 'ws';

const RATE = 20;
const CONNECTIONS = 12;
const PART = { username: 'parley', password: 'secret' };
const CONNACK = Buffer.from([0x20, 2, 0, 0]);

const stack = new AsyncDisposableStack();
let broker: Running;
const open = () => openMqttSocket(broker.ready.mqtt ?? '');

before(async () => {
  broker = stack.use(
    await startBare('broker', {
      MQTT_PASSWORD: PART.password,
      MQTT_CLIENT_RATE: String(RATE),
      MQTT_CLIENT_CONNECTIONS: String(CONNECTIONS),
      CORS_ORIGINS: 'https://friend.example',
      TRUSTED_PROXIES: 'loopback',
    }),
  );
});
after(() => stack.disposeAsync());

async function connect(options: IClientOptions = {}, url = broker.ready.mqtt ?? '') {
  const client = await mqtt.connectAsync(url, { reconnectPeriod: 0, ...options }, false);
  return { client, [Symbol.asyncDispose]: () => client.endAsync(true) };
}

test("a client above its rate is slowed down and loses nothing; Parley's own services have no rate", async () => {
  await using part = await connect(PART);
  let received = 0;
  part.client.on('message', () => received++);
  await part.client.subscribeAsync('chat/inbox/+', { qos: 1 });
  await using guest = await connect({ keepalive: 1 });
  const postMessage = ({ client }: typeof guest, count: number) =>
    Promise.all(
      Array.from({ length: count }, () => client.publishAsync('chat/inbox/x', '{}', { qos: 1 })),
    );
  const count = 4 * RATE;
  const startedAt = performance.now();
  await postMessage(guest, count);
  const tookMs = performance.now() - startedAt;
  // The packets of the first second pass at once.
  assert.ok(tookMs >= 2_900 && tookMs < 10_000, `${tookMs} ms`);
  await until('the service received everything', () => received === count);
  const before = performance.now();
  await postMessage(part, count);
  assert.ok(performance.now() - before < 2_000);
});

test('a guest has at most 100 filters, and can subscribe again after it unsubscribes', async () => {
  await using guest = await connect();
  const filters = (count: number) => Array.from({ length: count }, (_, i) => `chat/events/c${i}`);
  await guest.client.subscribeAsync(filters(100));
  await assert.rejects(guest.client.subscribeAsync('chat/events/more'), /Subscribe error/);
  await guest.client.subscribeAsync('chat/events/c7');
  await guest.client.unsubscribeAsync('chat/events/c0');
  await guest.client.subscribeAsync('chat/events/more');
});

test('an address has a limited number of connections', async () => {
  using sockets = new DisposableStack();
  const first = sockets.use(await open());
  for (let i = 1; i < CONNECTIONS; i++) sockets.use(await open());
  const over = sockets.use(await open());
  assert.equal((await over.closed()).length, 0);
  first[Symbol.dispose]();
  await until('there is space again', async () => {
    using again = await open();
    again.send(connectPacket());
    const letIn = again.came(CONNACK.length).then(() => true);
    return await Promise.race([
      letIn.catch(() => false),
      again.closed().then((bytes) => bytes.length > 0),
    ]);
  });
  sockets.dispose();
  await until('the broker has closed every connection', () => areLetIn(10));
});

/** Whether this number of guests of this address can connect at once. */
async function areLetIn(count: number): Promise<boolean> {
  const guests = await Promise.allSettled(Array.from({ length: count }, () => connect()));
  const found = guests.filter((guest) => guest.status === 'fulfilled').map(({ value }) => value);
  for (const guest of found) await guest[Symbol.asyncDispose]();
  return found.length === count;
}

test('a service gets a QoS 2 message at the QoS of its subscription', async () => {
  await using part = await connect(PART);
  const granted: number[] = [];
  part.client.on('message', (_topic, _payload, { qos }) => granted.push(qos));
  await part.client.subscribeAsync('chat/inbox/+', { qos: 1 });
  await using guest = await connect();
  await guest.client.publishAsync('chat/inbox/x', '{}', { qos: 2 });
  await until('the message arrived', () => granted.length === 1);
  assert.deepEqual(granted, [1]);
});

test('a client that leaves many QoS 2 messages half sent is disconnected', async () => {
  using client = await open();
  client.send(connectPacket({ id: 'half' }));
  await client.came(CONNACK.length);
  // At the client's rate, so that the broker may admit only this number.
  const publish = (id: number) => packet(0x34, text('chat/inbox/x'), [0, id], Buffer.from('{}'));
  client.send(...Array.from({ length: 110 }, (_, i) => publish(i + 1)));
  const received = await client.closed();
  assert.ok(received.length <= CONNACK.length + 100 * 4, `${received.length} bytes`);
});

test('with MQTT_PLAIN=off the broker listens only on TLS, which must be configured', async () => {
  const { stderr, code } = await runToEnd('broker', { MQTT_PLAIN: 'off' });
  assert.match(stderr, /MQTT_PLAIN=off needs MQTT_TLS_CERT_FILE/);
  assert.equal(code, 1);
  await using folder = await temporaryFolder();
  const { certFile, keyFile } = await makeCertificates(folder.path);
  const tls = { MQTT_TLS_PORT: '0', MQTT_TLS_CERT_FILE: certFile, MQTT_TLS_KEY_FILE: keyFile };
  await using own = await startBare('broker', { ...tls, MQTT_PLAIN: 'off' });
  assert.equal(own.ready.mqtt, undefined);
  assert.match(own.ready.mqtts ?? '', /^mqtts:/);
  const env = { ...tls, MQTT_PLAIN: 'off', DATA_DIR: `${folder.path}/data` };
  await using parley = await start('services/standalone', env);
  const posted = await fetch(`${parley.url}/readyz`);
  assert.equal(posted.status, 200);
});

const socketUrl = () => `${broker.url.replace('http', 'ws')}/mqtt`;

test('over WebSocket devices have the same limits and rights', async () => {
  await using part = await connect(PART, socketUrl());
  const received: string[] = [];
  part.client.on('message', (topic) => received.push(topic));
  await part.client.subscribeAsync('chat/inbox/+', { qos: 1 });
  await using guest = await connect({}, socketUrl());
  await guest.client.publishAsync('chat/inbox/x', '{}', { qos: 1 });
  await until('the message arrived', () => received.length === 1);
  await assert.rejects(guest.client.subscribeAsync('chat/inbox/+'), /Subscribe error/);
  await assert.rejects(connect({ ...PART, password: 'wrong' }, socketUrl()), /Not authorized/);
  const closed = new Promise<void>((resolve) => guest.client.once('close', () => resolve()));
  guest.client.publish('chat/events/x', 'forged');
  await closed;
});

test('the standalone serves MQTT over WebSocket on its one port', async () => {
  await using folder = await temporaryFolder();
  await using parley = await startBare('services/standalone', { DATA_DIR: folder.path });
  await using guest = await connect({}, `${parley.url.replace('http', 'ws')}/mqtt`);
  await guest.client.subscribeAsync('chat/events/x');
});

/** Opens a WebSocket; resolves with the socket, or with the status of the refusal. */
function webSocket(protocols: string[], headers: Record<string, string> = {}) {
  const socket = new WebSocket(socketUrl(), protocols, { headers });
  return new Promise<WebSocket | number>((resolve) => {
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (request, { statusCode = 0 }) => {
      request.destroy();
      resolve(statusCode);
    });
    socket.on('error', () => undefined);
  });
}

test('behind a trusted proxy each IPv4 address and each IPv6 network has its own connections', async () => {
  using sockets = new DisposableStack();
  const from = async (address: string) => {
    const socket = await webSocket(['mqtt'], { 'X-Forwarded-For': address });
    assert.ok(typeof socket !== 'number');
    sockets.defer(() => socket.terminate());
    return socket;
  };
  for (let i = 0; i < CONNECTIONS; i++) await from(`2001:db8:1:1::${i}`);
  const over = await from('2001:db8:1:1:ffff::1');
  await until(
    'one more connection of that network is closed',
    () => over.readyState === WebSocket.CLOSED,
  );
  const other = await from('2001:db8:1:2::1');
  await until('another network is admitted', () => other.readyState === WebSocket.OPEN);
});

test('a WebSocket without the subprotocol mqtt is refused [MQTT-6.0.0-3], and one of a foreign page', async () => {
  assert.equal(await webSocket([]), 400);
  assert.equal(await webSocket(['mqttv3.1']), 400);
  assert.equal(await webSocket(['mqtt'], { Origin: 'https://foe.example' }), 403);
  const friend = await webSocket(['mqttv3.1', 'mqtt'], { Origin: 'https://friend.example' });
  assert.ok(friend instanceof WebSocket);
  assert.equal(friend.protocol, 'mqtt');
  friend.terminate();
});

/** Collects the bytes of a WebSocket's frames. */
function collect(socket: WebSocket): () => Buffer {
  const frames: Buffer[] = [];
  socket.on('message', (frame: Buffer) => frames.push(frame));
  return () => Buffer.concat(frames);
}

test('a text frame ends the connection [MQTT-6.0.0-1], and so does an illegal packet', async () => {
  const illegal = packet(0x36, text('chat/inbox/x'), [0, 1]);
  for (const bad of [connectPacket().toString('latin1'), illegal]) {
    const socket = await webSocket(['mqtt']);
    assert.ok(socket instanceof WebSocket);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    if (typeof bad !== 'string') {
      const received = collect(socket);
      socket.send(connectPacket());
      await until('the client was admitted', () => received().equals(CONNACK));
    }
    socket.send(bad);
    await closed;
  }
});

test('one packet can span frames, and one frame can hold several packets [MQTT-6.0.0-2]', async () => {
  const socket = await webSocket(['mqtt']);
  assert.ok(socket instanceof WebSocket);
  const received = collect(socket);
  const bytes = Buffer.concat([connectPacket(), packet(0xc0), packet(0xc0)]);
  for (const part of [bytes.subarray(0, 5), bytes.subarray(5)]) socket.send(part);
  await until('all answers arrived', () => received().length === 8);
  assert.deepEqual(received(), Buffer.concat([CONNACK, Buffer.from([0xd0, 0, 0xd0, 0])]));
  socket.terminate();
});
