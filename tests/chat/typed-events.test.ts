import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openDevice } from '@parley/testkit/clients/device.ts';
import { eventsPage } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { startForDevices } from '@parley/testkit/mqtt-brokers/server-for-devices.ts';
import type { Running } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';
import { EventSource } from 'eventsource';

/** Keys in an order that `JSON.parse` would change, and a number that it would round. */
const DATA = String.raw`{"b":12345678901234567890,"10":[1.50,"\u00e9\n😀"],"9":null}`;

const stack = new AsyncDisposableStack();
let parley: Running;
let mqttUrl: string;

before(async () => {
  ({ parley, mqttUrl } = await startForDevices(stack));
});
after(() => stack.disposeAsync());

function postJson(channel: string, body: string, key?: string): Promise<Response> {
  return fetch(`${parley.url}/chat/${channel}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(key && { 'Idempotency-Key': key }) },
    body,
  });
}

const textOf = async (path: string) => (await fetch(parley.url + path)).text();

test('a typed event comes back as it was sent, by every way', async () => {
  const channel = 'orders';
  const received: string[] = [];
  const subscriber = stack.use(await openDevice(mqttUrl));
  subscriber.client.on('message', (_, payload) => received.push(String(payload)));
  await subscriber.client.subscribeAsync(`chat/events/${channel}`);
  using stream = new StreamText(parley.url, channel, {});
  await stream.name();
  using socket = new SocketReader(parley.url, channel);
  await socket.receivedFrame('hello');
  const answer = await postJson(channel, `{ "type" : "order.shipped",\n"data": ${DATA} }`);
  const receipt = (await answer.json()) as Record<string, unknown>;
  assert.equal(answer.status, 201);
  const { epoch, at, server } = receipt;
  const id = `${epoch}:1`;
  assert.deepEqual(receipt, { channel, epoch, seq: 1, id, at, type: 'order.shipped', server });
  const json = `{"channel":"${channel}","epoch":"${epoch}","seq":1,"id":"${id}","kind":"event","type":"order.shipped","at":"${at}","data":${DATA}}`;
  const frame = `event: order.shipped\ndata: ${json}\nid: ${id}\n\n`;
  await until('the stream has the event', () => stream.text.includes(frame));
  await until('the socket has the event', () => socket.texts.includes(json));
  await until('the bus has the event', () => received.length === 1);
  assert.deepEqual(received, [json]);
  assert.ok((await textOf(`/chat/${channel}/events`)).includes(json));
  using resumed = new StreamText(parley.url, `${channel}?lastEventId=${epoch}:0`, {});
  await until('the resumed stream has the event', () => resumed.text.includes(frame));
  using unnamed = new StreamText(parley.url, `${channel}?last=1&untyped=1`, {});
  await until('the event has no name', () =>
    unnamed.text.includes(`\n\ndata: ${json}\nid: ${id}\n`),
  );
});

test('EventSource receives typed events under their type, and with untyped=1 as messages', async () => {
  const channel = 'sensors';
  const [named, unnamed]: [string[], string[]] = [[], []];
  const url = `${parley.url}/broadcast/${channel}`;
  const [source, plain] = [new EventSource(url), new EventSource(`${url}?untyped=1`)];
  stack.defer(() => {
    source.close();
    plain.close();
  });
  const opened = [source, plain].map(
    (each) => new Promise((resolve) => each.addEventListener('hello', resolve)),
  );
  await Promise.all(opened);
  source.addEventListener('temperature', ({ data }) => named.push(JSON.parse(data).data));
  plain.onmessage = ({ data }) => unnamed.push(JSON.parse(data).kind);
  await postJson(channel, '{"type":"temperature","username":"roof","data":21.5}');
  await post(parley.url, channel, 'hi');
  await fetch(`${parley.url}/chat/${channel}/closed`, { method: 'PUT' });
  await until('all have arrived', () => unnamed.length === 2 && named.length === 1);
  assert.deepEqual([named, unnamed], [[21.5], ['event', 'message']]);
});

test('a message may carry data beside its text', async () => {
  const answer = await postJson('both', `{"username":"ada","message":"hi","data":${DATA}}`);
  assert.equal(answer.status, 201);
  const { data: _, ...receipt } = (await answer.json()) as Record<string, unknown>;
  assert.equal(receipt.message, 'hi');
  const [message] = (await eventsPage(parley.url, 'both')).events;
  assert.deepEqual(message && 'data' in message && message.data, DATA);
  assert.match(await textOf('/chat/both'), /ada: hi\n$/);
});

test('the transcript has messages only', async () => {
  await postJson('mixed', '{"type":"score","data":[1,0]}');
  await post(parley.url, 'mixed', 'goal!');
  assert.match(await textOf('/chat/mixed'), /^\[[^\]]+\] ada: goal!\n$/);
});

const REFUSED: [what: string, body: string, code: string, detail: RegExp][] = [
  ['a message and a type', '{"message":"a","type":"b"}', 'invalid-event', /not both/],
  ['an unknown field', '{"type":"a","payload":1}', 'invalid-event', /"payload"/],
  ['a key in the body', '{"type":"a","key":"k"}', 'invalid-event', /Idempotency-Key/],
  ["a word of EventSource's", '{"type":"open","data":1}', 'invalid-type', /my\.open/],
  ["a word of Parley's", '{"type":"presence"}', 'invalid-type', /my\.presence/],
  ['a type with a line break', '{"type":"a\\nb"}', 'invalid-type', /letters/],
  ['a type that is no text', '{"type":7}', 'invalid-type', /text/],
  ['deep data', `{"type":"a","data":${'['.repeat(65)}${']'.repeat(65)}}`, 'invalid-event', /64/],
  ['a misleading name', '{"type":"a","username":"a\\u202eb"}', 'invalid-username', /username/],
  ['neither a message nor a type', '{"username":"ada","data":1}', 'invalid-message', /missing/],
];

for (const [what, body, code, detail] of REFUSED) {
  test(`refused, and nothing is stored: ${what}`, async () => {
    const answer = await postJson('refused', body);
    const problem = (await answer.json()) as { code: string; detail: string };
    assert.deepEqual([answer.status, problem.code], [400, code]);
    assert.match(problem.detail, detail);
    assert.equal((await eventsPage(parley.url, 'refused')).head, 0);
  });
}

test('a repeat with the same key stores nothing and gets the first receipt', async () => {
  const body = `{"type":"paid","data":${DATA}}`;
  const first = await postJson('keys', body, 'k1');
  const again = await postJson('keys', body, 'k1');
  assert.deepEqual([first.status, again.status], [201, 200]);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
  assert.equal(await again.text(), await first.text());
  const other = await postJson('keys', '{"type":"paid","data":{}}', 'k1');
  assert.equal(other.status, 422);
  assert.equal((await eventsPage(parley.url, 'keys')).head, 1);
});

test('a WebSocket and a device post typed events', async () => {
  using socket = new SocketReader(parley.url, 'ways');
  await socket.receivedFrame('hello');
  const device = stack.use(await openDevice(mqttUrl));
  socket.send(`{"type":"moved","data":${DATA},"key":"s1"}`);
  await socket.receivedFrame('ack');
  assert.deepEqual(socket.answers('ack'), [{ type: 'ack', key: 's1', seq: 1 }]);
  await device.post('ways', `{"type":"moved","username":"roof","data":${DATA},"key":"d1"}`);
  await until('both are stored', async () => (await eventsPage(parley.url, 'ways')).head === 2);
  const { events } = await eventsPage(parley.url, 'ways');
  assert.deepEqual(
    events.map((event) => event.kind === 'event' && [event.type, event.username, event.data]),
    [
      ['moved', undefined, DATA],
      ['moved', 'roof', DATA],
    ],
  );
  for (const [frame, code] of [
    ['{"type":"hello","data":1}', 'malformed-request'],
    ['{"type":"1","data":1}', 'invalid-type'],
    ['{"type":"a","message":"b"}', 'invalid-event'],
    ['{"type":"a","other":"b"}', 'invalid-event'],
  ] as const) {
    socket.send(frame);
    await until('it is refused', () => socket.answers('error').at(-1)?.code === code);
    await device.post('ways', frame.replace('hello', 'open'));
    const wanted = code === 'malformed-request' ? 'invalid-type' : code;
    await until('it is refused to the device', () => device.problems.at(-1)?.code === wanted);
  }
  assert.equal((await eventsPage(parley.url, 'ways')).head, 2);
});
