import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Device, openDevice, trusting } from '@parley/testkit/clients/device.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { type Databases, openPostgres } from '@parley/testkit/databases/databases.ts';
import { metric } from '@parley/testkit/metric.ts';
import { startMosquitto } from '@parley/testkit/mqtt-brokers/mosquitto.ts';
import { busOf, type MqttBroker } from '@parley/testkit/mqtt-brokers/mqtt-broker.ts';
import { startParleyBroker } from '@parley/testkit/mqtt-brokers/parley.ts';
import { type Running, startBare } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { until } from '@parley/testkit/until.ts';

const BROKERS = [
  { name: 'our own broker', open: startParleyBroker },
  { name: 'Mosquitto', open: () => startMosquitto(['--guests']) },
];
const DEVICES = 4;
const MESSAGES = 300;
const POSTGRES = needs('postgresql');

const stack = new AsyncDisposableStack();
let database: Databases;

before(async () => {
  if (!POSTGRES.skip) database = stack.use(await openPostgres());
});
after(() => stack.disposeAsync());

for (const [i, { name, open }] of BROKERS.entries()) {
  const options = { skip: POSTGRES.skip || needs('mosquitto').skip };
  test(
    `over ${name} each message is stored once, whichever replica is killed`,
    options,
    async () => {
      await using broker = await open();
      await using building = new AsyncDisposableStack();
      const env = { ...busOf(broker), STORE_URL: await database.create(`inbox_${i}`) };
      const chats = await Promise.all([1, 2, 3].map(() => startBare('services/chat', env)));
      for (const chat of chats) building.use(chat);
      await opened(chats);
      const posting = Promise.all(Array.from({ length: DEVICES }, (_, n) => postAll(broker, n)));
      // Twice while devices publish: the last replica must continue after the first two.
      for (const left of [2, 1]) {
        const before = await total(chats);
        await until('some are stored', async () => (await total(chats)) > before + 100);
        const at = await opened(chats);
        await at.end('SIGKILL');
        chats.splice(chats.indexOf(at), 1);
        assert.equal(chats.length, left);
        await opened(chats);
      }
      const posted = (await posting).flat();
      const [{ url } = assert.fail()] = chats;
      await until(
        'all messages are stored',
        async () => (await wholeLog(url, 'fleet')).length >= posted.length,
      );
      // A message that is stored twice would arrive by now, too.
      await postMessage(broker, 'last');
      await until('the last is stored', async () =>
        (await wholeLog(url, 'fleet')).some(({ message }) => message === 'last'),
      );
      const log = (await wholeLog(url, 'fleet')).map(({ message }) => message);
      assert.deepEqual(log.toSorted(), [...posted, 'last'].toSorted());
    },
  );
}

/** The one replica that reads the inbox. */
async function opened(chats: Running[]): Promise<Running> {
  let open: Running[] = [];
  await until('one replica reads the inbox', async () => {
    const states = await Promise.all(chats.map(({ url }) => metric(url, 'parley_inbox_open')));
    open = chats.filter((_, i) => states[i] === 1);
    return open.length === 1;
  });
  return open[0] ?? assert.fail();
}

async function total(chats: Running[]): Promise<number> {
  const counts = chats.map(({ url }) => metric(url, 'parley_inbox_total{outcome="stored"}'));
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

function connect({ ports, caFile }: MqttBroker): Promise<Device> {
  return openDevice(`mqtts://127.0.0.1:${ports[0]}`, trusting(caFile));
}

async function postMessage(broker: MqttBroker, message: string): Promise<void> {
  await using device = await connect(broker);
  await device.post('fleet', { username: device.id, message });
}

/**
 * Publishes many messages, every third of them twice with a key. Two equal messages without a key
 * are two.
 */
async function postAll(broker: MqttBroker, n: number): Promise<string[]> {
  await using device = await connect(broker);
  const posted: string[] = [];
  for (let i = 0; i < MESSAGES; i++) {
    const message = i % 5 === 0 ? 'equal' : `device ${n}: ${i}`;
    const fields = { username: device.id, message };
    if (i % 3 === 0) {
      const key = `${device.id}-${i}`;
      await Promise.all([1, 2].map(() => device.post('fleet', { ...fields, key })));
    } else await device.post('fleet', fields);
    posted.push(message);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return posted;
}
