import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { type FrontDoor, startFrontDoor } from '@parley/testkit/processes/front-door.ts';
import { start, startBare } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt, { type IClientOptions } from 'mqtt';

/** More than Parley's services use, which are on this machine too. */
const CONNECTIONS = 8;
const stack = new AsyncDisposableStack();
const options = needs('nginx');
let door: FrontDoor;

before(async () => {
  if (options.skip) return;
  const { path } = stack.use(await temporaryFolder());
  const broker = stack.use(
    await startBare('broker', {
      MQTT_PASSWORD: 'secret',
      TRUSTED_PROXIES: 'loopback',
      MQTT_CLIENT_CONNECTIONS: String(CONNECTIONS),
    }),
  );
  const link = new URL(broker.ready.mqtt ?? '');
  link.username = 'parley';
  link.password = 'secret';
  const parley = stack.use(
    await start('services/standalone', {
      DATA_DIR: path,
      MQTT_URL: link.href,
    }),
  );
  door = stack.use(await startFrontDoor({ chat: parley.url, broker: broker.url }));
});
after(() => stack.disposeAsync());

/** A device that connects from this address of this machine. */
async function connect(localAddress = '127.0.0.1') {
  const url = `${door.url.replace('https', 'wss')}/mqtt`;
  const wsOptions = { ca: door.ca, localAddress };
  const given: IClientOptions = { wsOptions, reconnectPeriod: 0, connectTimeout: 5_000 };
  const client = await mqtt.connectAsync(url, given, false);
  return { client, [Symbol.asyncDispose]: () => client.endAsync(true) };
}

test('a device reads and publishes with MQTT over wss://…/mqtt', options, async () => {
  await using device = await connect();
  const received: string[] = [];
  device.client.on('message', (_, payload) => received.push(JSON.parse(String(payload)).message));
  await device.client.subscribeAsync('chat/events/lab', { qos: 1 });
  await post(door.url, 'lab', 'how warm?');
  await until('the device received the message', () => received.length === 1);
  using reader = new EventReader(door.url, 'lab', '?last=5');
  const payload = JSON.stringify({ username: 'probe', message: '21.5 degrees' });
  await device.client.publishAsync('chat/inbox/lab', payload, { qos: 1 });
  await reader.received(2);
  await until('the device received its own message', () => received[1] === '21.5 degrees');
});

test(
  'a channel called mqtt has its page, and only its exact path leads to the broker',
  options,
  async () => {
    const page = await fetch(`${door.url}/mqtt`);
    assert.match(await page.text(), /<title>Parley/);
    await post(door.url, 'mqtt', 'hello');
    for (const path of ['/mqtt/', '/mqtt/metrics', '/mqtt/../metrics', '/mqtt%2f..%2fmetrics'])
      assert.doesNotMatch(await (await fetch(door.url + path)).text(), /parley_/, path);
  },
);

test(
  'the broker counts the connections of each address behind the front door',
  options,
  async () => {
    await using stack = new AsyncDisposableStack();
    for (let i = 0; i < CONNECTIONS; i++) stack.use(await connect('127.0.0.7'));
    await assert.rejects(connect('127.0.0.7'));
    stack.use(await connect('127.0.0.8'));
  },
);
