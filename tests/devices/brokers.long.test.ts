import assert from 'node:assert/strict';
import { chmod, stat } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { type Presence, parseInstancePresence } from '@parley/contract/channels/presence.ts';
import { parseEvent } from '@parley/contract/events/event.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post, postUntilAcknowledged } from '@parley/testkit/clients/post.ts';
import { makeCertificates } from '@parley/testkit/credentials/certificates.ts';
import { metric } from '@parley/testkit/metric.ts';
import { startMosquitto, writeMosquittoFiles } from '@parley/testkit/mqtt-brokers/mosquitto.ts';
import {
  busOf,
  connectTo,
  type MqttBroker,
  PART_PASSWORD,
} from '@parley/testkit/mqtt-brokers/mqtt-broker.ts';
import { startNatsCluster } from '@parley/testkit/mqtt-brokers/nats.ts';
import { startParleyBroker } from '@parley/testkit/mqtt-brokers/parley.ts';
import { startRabbitMq } from '@parley/testkit/mqtt-brokers/rabbitmq.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

/** The longest first. */
const BROKERS = [
  { name: 'a NATS cluster', options: needs('nats'), open: startNatsCluster },
  { name: 'RabbitMQ', options: needs('rabbitmq'), open: startRabbitMq },
  { name: 'our own broker', options: {}, open: startParleyBroker },
  { name: 'Mosquitto', options: needs('mosquitto'), open: () => startMosquitto(['--guests']) },
];

/** Every kind of channel name, up to the longest. */
const NAMES = [
  'general',
  'ops.alerts',
  'a..b',
  'end.',
  'a_b',
  'a-b',
  'x.-._y',
  '1',
  'tëam.東京_1-x',
  'дом',
  'قناة',
  'x'.repeat(64),
  '語'.repeat(64),
  '𝒳'.repeat(64),
  `x${'.'.repeat(63)}`,
];
const MOSQUITTO_FILES = ['mosquitto.conf', 'acl', 'passwd'];

// They wait more than they work, so two run side by side.
describe('every broker', { concurrency: 2 }, () => {
  for (const { name, options, open } of BROKERS) {
    test(`over ${name}`, options, async (t) => {
      await using broker = await open();
      await t.test('every reader gets the same order, whichever node is killed', () =>
        killed(broker),
      );
      await t.test('every channel name works, for readers and for devices', () => named(broker));
      await t.test('every replica knows the readers of the others', () => presence(broker));
      await t.test('guests can read events but not forge them', () => guarded(broker));
      await t.test('a service with a wrong password is refused and logs it once', () =>
        refused(broker),
      );
    });
  }
});

/** Two chats on one store, and a broadcast for each chat. */
async function startParts(broker: MqttBroker, groups = ['auto', 'auto']) {
  await using building = new AsyncDisposableStack();
  const { path } = building.use(await temporaryFolder());
  const bus = busOf(broker);
  const store = { STORE_URL: `sqlite:${path}/parley.db` };
  const chats = await Promise.all(
    groups.map((MQTT_GROUPS) => start('services/chat', { ...bus, ...store, MQTT_GROUPS })),
  );
  for (const chat of chats) building.use(chat);
  const broadcasts = await Promise.all(
    chats.map(({ url }) =>
      start('services/broadcast', { ...bus, CHAT_URL: url, CANARY_SECONDS: '0' }),
    ),
  );
  for (const broadcast of broadcasts) building.use(broadcast);
  const stack = building.move();
  const [one, two] = chats.map(({ url }) => url) as [string, string];
  const [left, right] = broadcasts.map(({ url }) => url) as [string, string];
  const all = [one, two, left, right];
  return {
    one,
    two,
    left,
    right,
    ready: () =>
      until('every service is ready', async () => {
        const answers = await Promise.all(all.map((url) => fetch(`${url}/readyz`)));
        return answers.every(({ status }) => status === 200);
      }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** One chat publishes the events of a commit in one message; the other one does what the broker says. */
async function killed(broker: MqttBroker): Promise<void> {
  await using parts = await startParts(broker, ['on', 'auto']);
  const { one, two, left, right } = parts;
  const channel = 'tëam.東京_1-x';
  const readers = [left, right, left, right].map((url) => new EventReader(url, channel));
  await Promise.all(readers.map((reader) => reader.greeted()));
  const postMessage = (count: number) =>
    Promise.all(Array.from({ length: count }, (_, i) => post(i % 2 ? one : two, channel, `m${i}`)));
  await postMessage(100);
  await Promise.all(readers.map((reader) => reader.received(100)));
  for (const [i, node] of broker.nodes.entries()) {
    await node.end('SIGKILL');
    await Promise.all([
      postMessage(50),
      postUntilAcknowledged(one, encodeURIComponent(channel), `keyed ${i}`),
    ]);
    // The other nodes of a cluster go on without the killed one.
    if (broker.nodes.length > 1) await parts.ready();
    await node.begin();
    await postMessage(49);
  }
  await parts.ready();
  const log = await wholeLog(one, encodeURIComponent(channel));
  assert.equal(log.length, 100 + broker.nodes.length * 100);
  for (const reader of readers) {
    await reader.received(log.length);
    assert.deepEqual(reader.events, log);
    reader[Symbol.dispose]();
  }
}

async function named(broker: MqttBroker): Promise<void> {
  await using parts = await startParts(broker);
  await parts.ready();
  const device = await connectTo(broker.ports[0] ?? 0, broker.caFile);
  const received = new Map<string, string>();
  device.on('message', (topic, payload) => {
    received.set(parseEvent(String(payload)).channel, topic);
  });
  await device.subscribeAsync('chat/events/+', { qos: 1 });
  const readers = NAMES.map((name) => new EventReader(parts.left, name));
  await Promise.all(readers.map((reader) => reader.greeted()));
  const repaired = () => metric(parts.left, 'parley_events_repaired_total');
  // On a busy machine the log may bring an event before the bus does, but not every time.
  for (let round = 1, before = Number.NaN; (await repaired()) !== before; round++) {
    assert.ok(round <= 5, 'some events only come from the log');
    before = await repaired();
    for (const name of NAMES) await post(parts.one, name, 'hi');
    await Promise.all(readers.map((reader) => reader.received(round)));
  }
  await until('the device received every event', () => received.size === NAMES.length);
  for (const name of NAMES) {
    const written = broker.dots === 'escaped' ? name.replaceAll('.', '%2E') : name;
    assert.equal(received.get(name), `chat/events/${written}`);
  }
  for (const reader of readers) reader[Symbol.dispose]();
  await device.endAsync(true);
}

async function presence(broker: MqttBroker): Promise<void> {
  await using parts = await startParts(broker);
  await parts.ready();
  const channel = 'who.is_here';
  const guestsAt = async (url: string) => {
    const answer = await fetch(`${url}/broadcast/${channel}/presence`);
    return ((await answer.json()) as Presence).guests;
  };
  using first = new EventReader(parts.left, channel);
  await first.greeted();
  await until(
    'a replica without readers knows of the reader',
    async () => (await guestsAt(parts.right)) === 1,
  );
  const second = new EventReader(parts.right, channel);
  await until(
    'the first reader gets the presence of the second',
    () => first.presences.at(-1)?.guests === 2,
  );
  second[Symbol.dispose]();
  await until(
    'the first reader gets the leave of the second',
    () => first.presences.at(-1)?.guests === 1,
  );
  const late = await connectTo(broker.ports[0] ?? 0, broker.caFile, PART_PASSWORD);
  const received: string[] = [];
  late.on('message', (_, payload) => received.push(String(payload)));
  await late.subscribeAsync(
    `chat/presence/${channel.replace('.', broker.dots === 'plain' ? '.' : '%2E')}/+`,
  );
  await until('presence is published again', () => received.length > 0);
  assert.ok(
    received.every((payload) => parseInstancePresence(payload).guests === 1),
    received.join(),
  );
  await late.endAsync(true);
}

async function guarded({ ports: [port = 0], caFile }: MqttBroker): Promise<void> {
  const part = await connectTo(port, caFile, PART_PASSWORD);
  const received = { part: [] as string[], guest: [] as string[], curious: [] as string[] };
  part.on('message', (topic, payload) => {
    // Our own broker adds the name of the sender.
    const text = topic === 'chat/inbox/lobby' ? '' : `${payload}`;
    received.part.push(`${topic} ${text}`);
  });
  await part.subscribeAsync(['chat/events/+', 'chat/echo/+', 'chat/inbox/+']);
  const guest = await connectTo(port, caFile);
  guest.on('message', (topic, payload) => received.guest.push(`${topic} ${payload}`));
  await guest.subscribeAsync(['chat/events/lobby', 'chat/signals/lobby']);
  const outsider = await connectTo(port, caFile);
  const seen: string[] = [];
  outsider.on('message', (topic) => void seen.push(topic));
  await outsider.subscribeAsync('chat/events/lobby');
  // Some brokers grant this and deliver nothing, some refuse it, some close the connection.
  const left = new Promise<void>((resolve) => outsider.once('close', () => resolve()));
  for (const topic of ['chat/private/#', 'chat/private/events/lobby'])
    await Promise.race([outsider.subscribeAsync(topic).catch(() => undefined), left]);
  const curious = await connectTo(port, caFile);
  curious.on('message', (topic) => received.curious.push(topic));
  await curious.subscribeAsync('chat/events/lobby');
  await curious.subscribeAsync('chat/echo/#').catch(() => undefined);

  for (const topic of ['chat/events/lobby', 'chat/echo/x', 'chat/inbox/lobby']) {
    const forger = await connectTo(port, caFile);
    // Some brokers acknowledge what they drop, others close the connection.
    const closed = new Promise<void>((resolve) => forger.once('close', () => resolve()));
    await Promise.race([forger.publishAsync(topic, 'forged', { qos: 1 }), closed]);
    await forger.endAsync(true);
  }
  await part.publishAsync('chat/echo/x', 'real', { qos: 1 });
  await part.publishAsync('chat/private/events/lobby', 'secret', { qos: 1 });
  await part.publishAsync('chat/private/changes', 'secret', { qos: 1 });
  await part.publishAsync('chat/signals/lobby', 'real');
  await part.publishAsync('chat/events/lobby', 'real', { qos: 1 });
  await until('the service received everything', () => received.part.length >= 3);
  await until('the guest received both', () => received.guest.length >= 2);
  await until('the outsider received the event', () => !outsider.connected || seen.length > 0);
  assert.deepEqual(
    seen.filter((topic) => topic !== 'chat/events/lobby'),
    [],
  );
  // Some brokers disconnect a client that subscribes to echoes. Otherwise it receives the event
  // after them.
  await until('the curious client received the event', () => {
    return !curious.connected || received.curious.includes('chat/events/lobby');
  });
  assert.deepEqual(
    received.curious.filter((topic) => topic !== 'chat/events/lobby'),
    [],
  );
  assert.deepEqual(received.part.sort(), [
    'chat/echo/x real',
    'chat/events/lobby real',
    'chat/inbox/lobby ',
  ]);
  assert.deepEqual(received.guest.sort(), ['chat/events/lobby real', 'chat/signals/lobby real']);
  for (const client of [part, guest, curious, outsider]) await client.endAsync(true);
}

async function refused(broker: MqttBroker): Promise<void> {
  await using folder = await temporaryFolder();
  await using chat = await start('services/chat', {
    ...busOf(broker, 'wrong'),
    STORE_URL: `sqlite:${folder.path}/parley.db`,
  });
  const failures = () => metric(chat.url, 'parley_bus_link_failures_total{part="chat"}');
  await until('it has tried three times', async () => (await failures()) >= 3);
  const refusals = chat.output.filter((line) => line.includes('Connection refused: '));
  assert.equal(refusals.length, 1);
  assert.match(refusals[0] ?? '', /Not authorized|Bad username or password/);
  assert.equal((await fetch(`${chat.url}/readyz`)).status, 503);
}

test(
  'without --guests Mosquitto refuses clients without a password',
  needs('mosquitto'),
  async () => {
    await using broker = await startMosquitto([]);
    const [port = 0] = broker.ports;
    await assert.rejects(connectTo(port, broker.caFile), /Not authorized/);
  },
);

test("only the owner can read Mosquitto's files, even if they existed with other rights before", async () => {
  await using folder = await temporaryFolder();
  const certificates = await makeCertificates(`${folder.path}/secrets`);
  const files = { folder: folder.path, ports: [8883], ...certificates };
  const made = await writeMosquittoFiles(files, []);
  for (const file of MOSQUITTO_FILES) await chmod(`${made}/${file}`, 0o644);
  await writeMosquittoFiles(files, []);
  for (const file of MOSQUITTO_FILES) {
    assert.equal((await stat(`${made}/${file}`)).mode & 0o777, 0o600, file);
  }
});
