import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import {
  connectPacket,
  type MqttSocket,
  openMqttSocket,
  packet,
  text,
} from '@parley/testkit/clients/mqtt-socket.ts';
import { metric } from '@parley/testkit/metric.ts';
import { type Running, startBare } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt, { type MqttClient } from 'mqtt';

const CONNACK_BYTES = 4;
const PART = { username: 'parley', password: 'secret' };

const stack = new AsyncDisposableStack();
let broker: Running;
let part: MqttClient;
/** Milliseconds from publish to delivery, as one of Parley's services sees them. */
let delays: number[] = [];

before(async () => {
  broker = stack.use(
    await startBare('broker', {
      MQTT_PASSWORD: PART.password,
      MQTT_CLIENT_RATE: '0',
      MQTT_ADDRESS_RATE: '0',
    }),
  );
  part = await mqtt.connectAsync(broker.ready.mqtt ?? '', { ...PART, reconnectPeriod: 0 });
  stack.defer(() => part.endAsync(true));
  part.on('message', (_topic, payload) => {
    delays.push(performance.now() - Number(String(payload.subarray(0, 20))));
  });
  await part.subscribeAsync('chat/events/busy');
});
after(() => stack.disposeAsync());

async function connectGuest(id: string): Promise<MqttSocket> {
  const socket = await openMqttSocket(broker.ready.mqtt ?? '');
  socket.send(connectPacket({ id }));
  await socket.came(CONNACK_BYTES);
  return socket;
}

/** An event of 16 KB that contains its time of publishing. */
const event = () => String(performance.now()).padEnd(16_384);

test('clients that do not read delay no other client, and are disconnected', async () => {
  await using closing = new AsyncDisposableStack();
  delays = [];
  const frozen: MqttSocket[] = [];
  for (let i = 0; i < 8; i++) {
    const socket = closing.use(await connectGuest(`frozen-${i}`));
    socket.send(packet(0x82, [0, 1], text('chat/events/busy'), [0]));
    await socket.came(CONNACK_BYTES + 5);
    socket.socket.pause();
    frozen.push(socket);
  }
  const COUNT = 1_000;
  for (let i = 0; i < COUNT; i++) await part.publishAsync('chat/events/busy', event(), { qos: 1 });
  await until('the service received every event', () => delays.length === COUNT);
  const slowest = Math.max(...delays);
  assert.ok(slowest < 5_000, `${slowest} ms`);
  await until(
    'the clients that do not read are disconnected',
    async () => (await metric(broker.url, 'parley_broker_clients')) === 1,
  );
  assert.equal(await metric(broker.url, 'parley_broker_kept_unsent'), 0);
});

/** Resident memory of the broker in MB. */
function memory(): number {
  const status = readFileSync(`/proc/${broker.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

test('for QoS 2 messages without PUBREL the broker keeps only the packet ids', {
  skip: process.platform !== 'linux',
}, async () => {
  await using closing = new AsyncDisposableStack();
  const before = memory();
  const payload = Buffer.from(JSON.stringify({ message: 'x'.repeat(60_000) }));
  for (let i = 0; i < 40; i++) {
    const socket = closing.use(await connectGuest(`half-${i}`));
    for (let id = 1; id <= 100; id++) {
      socket.send(packet(0x34, text('chat/inbox/x'), [0, id], payload));
    }
    await socket.came(CONNACK_BYTES + 400);
  }
  assert.equal(await metric(broker.url, 'parley_broker_kept_half_sent'), 4_000);
  const more = memory() - before;
  assert.ok(more < 130, `${more} MB more`);
});

test('a subscription to a filter of 60 KB is refused', async () => {
  using socket = await connectGuest('long');
  socket.send(packet(0x82, [0, 1], text(`chat/events/${'x'.repeat(60_000)}`), [0]));
  await socket.came(CONNACK_BYTES + 5);
  assert.equal(socket.received().at(-1), 0x80);
});

test('a client id of 60 KB is refused, and the log line about it is short', async () => {
  using socket = await openMqttSocket(broker.ready.mqtt ?? '');
  socket.send(connectPacket({ id: 'x'.repeat(60_000) }));
  assert.deepEqual(await socket.closed(), Buffer.from([0x20, 2, 0, 2]));
  assert.ok(broker.output.every((line) => line.length < 2_000));
});
