import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBus } from '@parley/kit/bus/bus.ts';
import { openLog } from '@parley/kit/log/log.ts';
import { Metrics } from '@parley/kit/metrics.ts';
import { PASSWORD, startInProcess } from '@parley/testkit/mqtt-brokers/in-process.ts';
import mqtt from 'mqtt';

test('what one local bus publishes reaches another and a device, and the other way round', async () => {
  const metrics = new Metrics();
  await using broker = await startInProcess({}, metrics);
  await using chat = broker.openBus('chat');
  await using broadcast = broker.openBus('broadcast');
  const device = await mqtt.connectAsync(broker.url ?? '', { reconnectPeriod: 0 });
  const onDevice = new Promise<string>((resolve) =>
    device.on('message', (topic, payload, { qos }) => resolve(`${topic} ${payload} ${qos}`)),
  );
  await device.subscribeAsync('chat/events/+', { qos: 1 });
  const received: string[] = [];
  await broadcast.subscribe('chat/events/one', (payload, { topic, retained }) =>
    received.push(`${topic} ${payload} ${retained}`),
  );
  chat.publish('chat/events/one', 'first');
  chat.publish('chat/events/another', 'not subscribed');
  await chat.echo();
  chat.publishOnce('chat/events/one', 'at most once');
  await chat.echo();
  assert.deepEqual(received, ['chat/events/one first false', 'chat/events/one at most once false']);
  assert.equal(await onDevice, 'chat/events/one first 1');

  const fromDevice = new Promise<string>(
    (resolve) => void chat.subscribe('chat/inbox/+', (payload) => resolve(payload.toString())),
  );
  await device.publishAsync('chat/inbox/one', '{"message":"hi"}', { qos: 1 });
  assert.equal(JSON.parse(await fromDevice).message, 'hi');
  await device.endAsync(true);
  const text = await metrics.registry.metrics();
  assert.match(text, /^parley_bus_connected\{part="broadcast"\} 1$/m);
  assert.match(text, /^parley_bus_published_total\{part="chat",outcome="acknowledged"\} 2$/m);
});

test('events of one message reach a local bus together, and a device one by one, once for all its filters', async () => {
  await using broker = await startInProcess();
  await using chat = broker.openBus('chat');
  await using broadcast = broker.openBus('broadcast');
  const device = await mqtt.connectAsync(broker.url ?? '', { reconnectPeriod: 0 });
  const onDevice: string[] = [];
  const last = Promise.withResolvers<void>();
  device.on('message', (_topic, payload, { qos }) => {
    onDevice.push(`${payload} ${qos}`);
    if (payload.toString() === 'last') last.resolve();
  });
  await device.subscribeAsync(['chat/events/one', 'chat/events/+'], { qos: 1 });
  const received: string[] = [];
  await broadcast.subscribe('chat/events/one', (payload) => received.push(payload.toString()));
  assert.equal(chat.takesGroups, true);
  chat.publish('chat/events/one', '1');
  chat.publish('chat/events/one', '2\n3\n4');
  chat.publish('chat/events/one', '5\n6');
  chat.publish('chat/events/one', 'last');
  await last.promise;
  assert.deepEqual(received, ['1', '2\n3\n4', '5\n6', 'last']);
  const each = ['1', '2', '3', '4', '5', '6', 'last'];
  assert.deepEqual(
    onDevice,
    each.map((text) => `${text} 1`),
  );
  await device.endAsync(true);
});

test('many devices of one channel get all events of large groups, and none is cut', async () => {
  await using broker = await startInProcess();
  await using chat = broker.openBus('chat');
  const devices = await Promise.all(
    Array.from({ length: 30 }, () => mqtt.connectAsync(broker.url ?? '', { reconnectPeriod: 0 })),
  );
  const events = Array.from({ length: 1_000 }, (_, i) => `event ${i}`);
  const received = devices.map(async (device) => {
    const texts: string[] = [];
    const ended = Promise.withResolvers<void>();
    device.on('message', (_topic, payload) => {
      if (texts.push(payload.toString()) === events.length) ended.resolve();
    });
    device.on('close', ended.resolve);
    await device.subscribeAsync('chat/events/one', { qos: 0 });
    return { texts, ended: ended.promise };
  });
  const all = await Promise.all(received);
  for (let i = 0; i < events.length; i += 100)
    chat.publish('chat/events/one', events.slice(i, i + 100).join('\n'));
  await Promise.all(all.map(({ ended }) => ended));
  for (const { texts } of all) assert.deepEqual(texts, events);
  await Promise.all(devices.map((device) => device.endAsync(true)));
});

test('the broker tells services by MQTT that it takes groups, and hands other clients each event', async () => {
  await using broker = await startInProcess();
  const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
  const mqttUrl = (broker.url ?? '').replace('//', `//parley:${encodeURIComponent(PASSWORD)}@`);
  await using bus = openBus(
    { mqttUrl, mqttCaFile: '', mqttDots: 'plain', mqttGroups: 'auto' },
    { part: 'chat', log, metrics: new Metrics() },
  );
  await new Promise<void>((resolve) => bus.onLink(() => resolve()));
  await bus.echo();
  assert.equal(bus.takesGroups, true);
  const received: string[] = [];
  await bus.subscribe('chat/events/one', (payload) => received.push(payload.toString()));
  const older = await mqtt.connectAsync(mqttUrl, { reconnectPeriod: 0 });
  const onOlder: string[] = [];
  const both = new Promise<void>((resolve) =>
    older.on('message', (_topic, payload, { qos }) => {
      if (onOlder.push(`${payload} ${qos}`) === 2) resolve();
    }),
  );
  await older.subscribeAsync('chat/events/one', { qos: 0 });
  bus.publish('chat/events/one', '1\n2');
  await both;
  await bus.echo();
  assert.deepEqual(onOlder, ['1 0', '2 0']);
  assert.deepEqual(received, ['1\n2']);
  await older.endAsync(true);
});

test('a device that reads events, signals and presence loses none that are published in one turn', async () => {
  await using broker = await startInProcess();
  await using bus = broker.openBus('chat');
  const device = await mqtt.connectAsync(broker.url ?? '', { reconnectPeriod: 0 });
  const received: string[] = [];
  const all = new Promise<void>((resolve) =>
    device.on('message', (topic) => {
      received.push(topic.split('/')[1] ?? '');
      if (received.length === 120) resolve();
    }),
  );
  await device.subscribeAsync(['chat/events/+', 'chat/signals/+', 'chat/presence/#'], { qos: 1 });
  for (let i = 0; i < 40; i++) {
    bus.publish('chat/presence/one/a', 'here', { retain: true });
    bus.publish('chat/events/one', 'event');
    bus.publishOnce('chat/signals/one', 'signal');
    if (i % 10 === 0) await bus.echo();
  }
  await all;
  for (const kind of ['events', 'signals', 'presence'])
    assert.equal(received.filter((of) => of === kind).length, 40, kind);
  await device.endAsync(true);
});

test('a local bus receives retained messages when it subscribes, and an empty one removes them', async () => {
  await using broker = await startInProcess();
  await using bus = broker.openBus('broadcast');
  bus.publish('chat/presence/one/a', 'here', { retain: true });
  bus.publish('chat/presence/one/b', 'gone soon', { retain: true });
  bus.publish('chat/presence/one/b', '', { retain: true });
  await bus.echo();
  const received: string[] = [];
  await bus.subscribe('chat/presence/one/+', (payload, { topic, retained }) =>
    received.push(`${topic} ${payload} ${retained}`),
  );
  bus.publish('chat/presence/one/a', 'still', { retain: true });
  await bus.echo();
  assert.deepEqual(received, ['chat/presence/one/a here true', 'chat/presence/one/a still false']);
});

test('a local bus has one listener for a topic, and none after it unsubscribes or is closed', async () => {
  await using broker = await startInProcess();
  await using publisher = broker.openBus('chat');
  const bus = broker.openBus('broadcast');
  const received: string[] = [];
  const publish = async (text: string) => {
    publisher.publish('chat/events/one', text);
    await publisher.echo();
  };
  await bus.subscribe('chat/events/one', (payload) => received.push(`first ${payload}`));
  await bus.subscribe('chat/events/one', (payload) => received.push(`second ${payload}`));
  await publish('a');
  bus.unsubscribe('chat/events/one');
  await publish('b');
  await bus.subscribe('chat/events/one', (payload) => received.push(`third ${payload}`));
  await publish('c');
  const echo = bus.echo();
  await bus[Symbol.asyncDispose]();
  await echo.catch(() => undefined);
  await publish('d');
  assert.deepEqual(received, ['second a', 'third c']);
  await assert.rejects(bus.echo(), /closed/);
});

test('a local bus has its link from the start', async () => {
  await using broker = await startInProcess();
  await using bus = broker.openBus('chat');
  assert.equal(await new Promise((resolve) => bus.onLink(resolve)), true);
});
