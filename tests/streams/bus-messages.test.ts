import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { Documents } from '@parley/testkit/wire/documents.ts';
import { type BusMessage, EventsContract } from '@parley/testkit/wire/events-contract.ts';
import mqtt from 'mqtt';

test('every message that services publish on MQTT matches asyncapi.yaml', async () => {
  await using folder = await temporaryFolder();
  await using broker = await start('broker', {});
  const MQTT_URL = broker.ready.mqtt ?? '';
  await using stack = new AsyncDisposableStack();
  const client = await mqtt.connectAsync(MQTT_URL);
  stack.defer(() => client.endAsync());
  const messages: BusMessage[] = [];
  client.on('message', (topic, payload, { qos, retain }) =>
    messages.push({ topic, payload, qos, retain }),
  );
  await client.subscribeAsync('#', { qos: 2 });

  const store = { STORE_URL: `sqlite:${folder.path}/parley.db` };
  await using chat = await start('services/chat', { MQTT_URL, ...store });
  await using broadcast = await start('services/broadcast', { MQTT_URL, CHAT_URL: chat.url });
  using reader = new EventReader(broadcast.url, 'Füße_東京.1-2');
  await reader.greeted();
  for (const text of ['one', 'two\nlines\t', '😀'.repeat(4000)]) {
    await post(chat.url, 'Füße_東京.1-2', text);
  }
  await reader.received(3);

  const received = (topic: string) => messages.filter((message) => message.topic.startsWith(topic));
  await until(
    'events and echoes arrived',
    () => received('chat/events/').length >= 3 && received('chat/echo/').length > 0,
  );
  const contract = new EventsContract(new Documents());
  const faults = messages.map((message) => contract.busFault(message));
  assert.deepEqual(
    faults.filter((fault) => fault !== undefined),
    [],
  );
});
