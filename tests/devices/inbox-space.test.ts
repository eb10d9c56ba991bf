import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startBare } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import mqtt from 'mqtt';

const MAX = 1_000;
const MORE = 500;

test('without a reader of the inbox only a limited number waits; then devices wait, and nothing is lost', async () => {
  await using broker = await startBare('broker', {
    MQTT_PASSWORD: 'secret',
    MQTT_CLIENT_RATE: '0',
  });
  const url = broker.ready.mqtt ?? '';
  const chat = {
    username: 'parley',
    password: 'secret',
    reconnectPeriod: 0,
    clientId: 'parley-inbox',
    clean: false,
  };
  const first = await mqtt.connectAsync(url, chat);
  await first.subscribeAsync('chat/inbox/+', { qos: 1 });
  await first.endAsync();

  const device = await mqtt.connectAsync(url, { reconnectPeriod: 0, clientId: 'device' });
  let accepted = 0;
  const all = Array.from({ length: MAX + MORE }, async (_, i) => {
    await device.publishAsync('chat/inbox/x', JSON.stringify({ message: `${i}` }), { qos: 1 });
    accepted++;
  });
  await until('the inbox is full', () => accepted >= MAX);
  // Only time can show whether more are accepted.
  await delay(500);
  assert.ok(accepted < MAX + MORE / 2, `${accepted} were accepted`);

  const received = new Set<string>();
  const second = mqtt.connect(url, chat);
  second.on('message', (_, payload) => received.add(JSON.parse(String(payload)).message));
  await Promise.all(all);
  await until('all have arrived', () => received.size === MAX + MORE);
  await Promise.all([second.endAsync(true), device.endAsync(true)]);
});
