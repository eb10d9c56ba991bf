import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { after, before, test } from 'node:test';
import {
  connectPacket,
  openMqttSocket,
  packet,
  text,
} from '@parley/testkit/clients/mqtt-socket.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';

/**
 * The cases of Eclipse paho's `interoperability/client_test.py` for MQTT 3.1.1
 * (github.com/eclipse/paho.mqtt.testing), against our own broker. Here every client has the rights
 * of a service.
 */
const stack = new AsyncDisposableStack();
let broker: Running;

const TOPICS = ['TopicA', 'TopicA/B', 'Topic/C', 'TopicA/C', '/TopicA'] as const;
const WILD = ['TopicA/+', '+/C', '#', '/#', '/+', '+/+', 'TopicA/#'] as const;
const [ONE, TWO] = ['myclientid', 'myclientid2'];

before(async () => {
  broker = stack.use(await start('broker', {}));
});
after(() => stack.disposeAsync());

interface Received {
  topic: string;
  text: string;
  qos: number;
  retain: boolean;
}

/** A client and all its received messages. */
async function connect(clientId: string, options: IClientOptions = {}) {
  const client = new mqtt.MqttClient(() => mqttStream(), {
    clientId,
    reconnectPeriod: 0,
    protocolVersion: 4,
    resubscribe: false,
    ...options,
  });
  const received: Received[] = [];
  client.on('message', (topic, payload, { qos, retain }) =>
    received.push({ topic, text: String(payload), qos, retain }),
  );
  client.on('error', () => undefined);
  const { sessionPresent } = await new Promise<{ sessionPresent: boolean }>((resolve, reject) => {
    client.once('connect', resolve);
    client.once('error', reject);
  });
  return { client, received, sessionPresent };
}

function mqttStream() {
  const { hostname, port } = new URL(broker.ready.mqtt ?? '');
  return connectTcp({ host: hostname, port: Number(port) });
}

const texts = (received: Received[]) => received.map((one) => one.text).sort();
const sync = (received: Received[], count: number) =>
  until('all messages arrived', () => received.length >= count);
/** Breaks the connection without DISCONNECT. */
function breakOff(client: MqttClient): Promise<void> {
  const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
  client.stream.destroy();
  return closed;
}

test('basic: a message published at each QoS arrives once and unchanged', async () => {
  const { client, received } = await connect(ONE);
  await client.subscribeAsync(TOPICS[0], { qos: 2 });
  for (const qos of [0, 1, 2] as const) await client.publishAsync(TOPICS[0], `qos ${qos}`, { qos });
  await sync(received, 3);
  assert.deepEqual(received.map(({ qos }) => qos).sort(), [0, 1, 2]);
  assert.deepEqual(texts(received), ['qos 0', 'qos 1', 'qos 2']);
  await client.endAsync();
});

test('retained messages: a new subscription gets the last one of each topic, until it is cleared', async () => {
  const { client, received } = await connect(ONE);
  const retained = [TOPICS[1], TOPICS[2], TOPICS[3]];
  for (const [qos, topic] of retained.entries()) {
    await client.publishAsync(topic, `qos ${qos}`, { qos: qos as 0 | 1 | 2, retain: true });
  }
  await client.subscribeAsync(WILD[5], { qos: 2 });
  await sync(received, 3);
  assert.deepEqual(texts(received), ['qos 0', 'qos 1', 'qos 2']);
  assert.ok(received.every(({ retain }) => retain));
  await client.endAsync();

  const clearing = await connect(ONE);
  for (const topic of retained) {
    await clearing.client.publishAsync(topic, '', { qos: 1, retain: true });
  }
  await clearing.client.subscribeAsync(WILD[5], { qos: 2 });
  await clearing.client.publishAsync(TOPICS[1], 'live', { qos: 1 });
  await sync(clearing.received, 1);
  assert.deepEqual(texts(clearing.received), ['live']);
  await clearing.client.endAsync();
});

test('zero-length client id: refused for a lasting session, replaced for a clean one', async () => {
  using lasting = await openMqttSocket(broker.ready.mqtt ?? '');
  lasting.send(connectPacket({ id: '', flags: 0 }));
  assert.deepEqual(await lasting.closed(), Buffer.from([0x20, 2, 0, 2]));
  using clean = await openMqttSocket(broker.ready.mqtt ?? '');
  clean.send(connectPacket({ id: '', flags: 2 }));
  await clean.came(4);
  assert.deepEqual(clean.received(), Buffer.from([0x20, 2, 0, 0]));
});

test('offline message queueing: messages wait for a lasting session', async () => {
  const first = await connect(ONE, { clean: false });
  await first.client.subscribeAsync(WILD[5], { qos: 2 });
  await first.client.endAsync();
  const other = await connect(TWO);
  for (const [qos, topic] of [TOPICS[1], TOPICS[2], TOPICS[3]].entries()) {
    await other.client.publishAsync(topic, `qos ${qos}`, { qos: qos as 0 | 1 | 2 });
  }
  await other.client.endAsync();
  const again = await connect(ONE, { clean: false });
  assert.equal(again.sessionPresent, true);
  await sync(again.received, 2);
  assert.deepEqual(
    texts(again.received).filter((one) => one !== 'qos 0'),
    ['qos 1', 'qos 2'],
  );
  await again.client.endAsync();
  await (await connect(ONE)).client.endAsync();
});

test('will message: published when a client breaks off, and not when it disconnects', async () => {
  const watcher = await connect(TWO);
  await watcher.client.subscribeAsync(TOPICS[2], { qos: 2 });
  const will = { topic: TOPICS[2], payload: Buffer.from('will'), qos: 1, retain: false } as const;
  const leaving = await connect(ONE, { will: { ...will, payload: Buffer.from('not this') } });
  await leaving.client.endAsync();
  await breakOff((await connect(ONE, { will })).client);
  await sync(watcher.received, 1);
  assert.deepEqual(texts(watcher.received), ['will']);
  await watcher.client.endAsync();
});

test('overlapping subscriptions: a message arrives once, or once for each, at the granted QoS', async () => {
  const { client, received } = await connect(ONE);
  await client.subscribeAsync({ [WILD[6]]: { qos: 2 }, [WILD[0]]: { qos: 1 } });
  await client.publishAsync(TOPICS[3], 'overlapping', { qos: 2 });
  await client.publishAsync(TOPICS[3], 'end', { qos: 0 });
  await until('the end arrived', () => texts(received).includes('end'));
  await until('the message arrived', () => texts(received).includes('overlapping'));
  const qos = received.filter((one) => one.text === 'overlapping').map((one) => one.qos);
  assert.ok(qos.length === 1 ? qos[0] === 2 : [1, 2].every((each) => qos.includes(each)), `${qos}`);
  await client.endAsync();
});

test('keepalive: a client that is silent for 1.5 times its keepalive is disconnected, and its will published', async () => {
  const watcher = await connect(TWO);
  await watcher.client.subscribeAsync(TOPICS[4], { qos: 2 });
  using silent = await openMqttSocket(broker.ready.mqtt ?? '');
  const will = [text(TOPICS[4]), text('keepalive expiry')];
  const connecting = connectPacket({ id: ONE, flags: 2 | 4, rest: will });
  connecting.writeUInt16BE(1, 10);
  silent.send(connecting);
  const startedAt = performance.now();
  await silent.closed();
  assert.ok(performance.now() - startedAt >= 1_000);
  await sync(watcher.received, 1);
  assert.deepEqual(texts(watcher.received), ['keepalive expiry']);
  await watcher.client.endAsync();
});

test('redelivery on reconnect: unacknowledged messages arrive again', async () => {
  const subscribe = packet(0x82, [0, 1], text('redelivered/+'), [1]);
  const lasting = connectPacket({ id: ONE, flags: 0 });
  {
    using first = await openMqttSocket(broker.ready.mqtt ?? '');
    first.send(lasting, subscribe);
    await first.came(4 + 5);
    const other = await connect(TWO);
    for (const one of ['a', 'b']) {
      await other.client.publishAsync(`redelivered/${one}`, one, { qos: 1 });
    }
    await other.client.endAsync();
    await until('both messages arrived', () => occurrences(first.received(), 'redelivered/') === 2);
  }
  using again = await openMqttSocket(broker.ready.mqtt ?? '');
  again.send(lasting);
  await until(
    'both messages arrived again',
    () => occurrences(again.received(), 'redelivered/') === 2,
  );
  assert.equal(again.received()[2], 1);
  await (await connect(ONE)).client.endAsync();
});

function occurrences(bytes: Buffer, word: string): number {
  return bytes.toString('latin1').split(word).length - 1;
}

test('subscribe failure: a filter that is not granted is answered with 0x80', async () => {
  using client = await openMqttSocket(broker.ready.mqtt ?? '');
  client.send(connectPacket(), packet(0x82, [0, 2], text('$SYS/#'), [1], text('TopicA'), [1]));
  await client.came(4 + 6);
  assert.deepEqual(client.received().subarray(4), Buffer.from([0x90, 4, 0, 2, 0x80, 1]));
});

test('$ topics: a wildcard at the beginning does not match them', async () => {
  const { client, received } = await connect(ONE);
  await client.subscribeAsync([WILD[2], '+/own'], { qos: 1 });
  const other = await connect(TWO);
  const closed = new Promise<void>((resolve) => other.client.once('close', () => resolve()));
  // Our broker disconnects a client that publishes there.
  await Promise.race([other.client.publishAsync('$TopicA/own', 'hidden', { qos: 1 }), closed]);
  await client.publishAsync(TOPICS[0], 'seen', { qos: 1 });
  await until('the other message arrived', () => texts(received).includes('seen'));
  assert.deepEqual(
    received.filter(({ topic }) => topic.startsWith('$')),
    [],
  );
  await client.endAsync();
});

test('unsubscribe: no more messages of that topic arrive', async () => {
  const { client, received } = await connect(ONE);
  await client.subscribeAsync([TOPICS[0], TOPICS[1], TOPICS[2]], { qos: 2 });
  await client.unsubscribeAsync(TOPICS[0]);
  const other = await connect(TWO);
  for (const topic of [TOPICS[0], TOPICS[1], TOPICS[2]]) {
    await other.client.publishAsync(topic, topic, { qos: 1 });
  }
  await sync(received, 2);
  assert.deepEqual(texts(received), [TOPICS[2], TOPICS[1]]);
  for (const one of [client, other.client]) await one.endAsync();
});
