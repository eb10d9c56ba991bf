import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Device, openDevice } from '@parley/testkit/clients/device.ts';
import { eventsPage } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { metric } from '@parley/testkit/metric.ts';
import { startForDevices } from '@parley/testkit/mqtt-brokers/server-for-devices.ts';
import type { Running } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';

/** Keys in an order that `JSON.parse` would change, and a number that it would round. */
const DATA = '{"b":12345678901234567890,"10":1.50}';
const ANSWERS = 60;

const stack = new AsyncDisposableStack();
let parley: Running;
/** A server with the default limit of signals. */
let limited: Running;
let device: Device;

before(async () => {
  const open = async (more: Record<string, string>) => {
    const { parley: running, mqttUrl } = await startForDevices(stack, more);
    return { running, device: stack.use(await openDevice(mqttUrl)) };
  };
  ({ running: parley, device } = await open({ SIGNALS_PER_CLIENT: '0' }));
  ({ running: limited } = await open({}));
});
after(() => stack.disposeAsync());

function postJson(channel: string, body: string, { url } = parley): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' };
  return fetch(`${url}/chat/${channel}`, { method: 'POST', headers, body });
}

/** True for what a live reader has received: it gets signals from its first presence on. */
const isLive = (received: string) => received.includes('"guests":');

test('a signal reaches every connected reader as it was sent, and nothing of it is stored', async () => {
  const channel = 'desk';
  const received: string[] = [];
  device.client.on('message', (topic, payload) => {
    if (topic === `chat/signals/${channel}`) received.push(String(payload));
  });
  await device.client.subscribeAsync(`chat/signals/${channel}`);
  const first = await post(parley.url, channel, 'before');
  using stream = new StreamText(parley.url, channel, {});
  using unnamed = new StreamText(parley.url, `${channel}?untyped=1`, {});
  using socket = new SocketReader(parley.url, channel);
  await until('all are live', () => [stream.text, unnamed.text, socket.texts.join()].every(isLive));
  const answer = await postJson(channel, `{"type":"typing","data":${DATA},"store":false}`);
  const receipt = (await answer.json()) as Record<string, string>;
  const { at } = receipt;
  assert.equal(answer.status, 202);
  assert.deepEqual(receipt, { channel, type: 'typing', at, server: receipt.server });
  const json = `{"channel":"${channel}","kind":"signal","type":"typing","at":"${at}","data":${DATA}}`;
  await until('the stream has it', () =>
    stream.text.includes(`\n\nevent: signal\ndata: ${json}\n\n`),
  );
  const dropped = await metric(parley.url, 'parley_signals_total{outcome="dropped"}');
  assert.equal(dropped, 0, 'a reader had unsent bytes');
  await until('it has no name', () => unnamed.text.includes(`\n\ndata: ${json}\n\n`));
  await until('the socket has it', () => socket.texts.includes(json));
  await until('the bus has it', () => received.includes(json));
  assert.equal((await eventsPage(parley.url, channel)).head, 1);
  using resumed = new StreamText(parley.url, `${channel}?lastEventId=${first.id}`, {});
  const second = await post(parley.url, channel, 'after');
  await until('it has resumed', () => resumed.text.includes(second.id));
  assert.doesNotMatch(resumed.text, /signal/);
});

test('a message can be a signal, too, from every way in', async () => {
  using socket = new SocketReader(parley.url, 'ways');
  await until('it is live', () => isLive(socket.texts.join()));
  const signals = () =>
    socket.texts
      .map((text) => JSON.parse(text))
      .filter(({ kind }) => kind === 'signal')
      .map(({ type, username, message, data }) => [type, username, message, data]);
  await postJson('ways', '{"username":"ada","message":"psst","store":false}');
  await until('one has arrived', () => signals().length === 1);
  socket.send('{"type":"message","username":"bo","message":"hm","store":false,"key":"k"}');
  await socket.receivedFrame('ack');
  assert.deepEqual(socket.answers('ack'), [{ type: 'ack', key: 'k' }]);
  await until('two have arrived', () => signals().length === 2);
  await device.post('ways', '{"type":"moved","username":"roof","data":[1],"store":false}');
  await until('three have arrived', () => signals().length === 3);
  assert.deepEqual(signals(), [
    ['message', 'ada', 'psst', undefined],
    ['message', 'bo', 'hm', undefined],
    ['moved', 'roof', undefined, [1]],
  ]);
  assert.equal((await eventsPage(parley.url, 'ways')).head, 0);
});

const big = (bytes: number) => JSON.stringify('é'.repeat(bytes / 2 - 1));
const REFUSED: [what: string, body: string, status: number, code: string][] = [
  ['a store that is no boolean', '{"type":"a","store":"false"}', 400, 'invalid-event'],
  ['more than 4 KB', `{"type":"a","data":${big(4_098)},"store":false}`, 413, 'body-too-large'],
  ["a word of Parley's", '{"type":"open","store":false}', 400, 'invalid-type'],
  ['a message and a type', '{"type":"a","message":"b","store":false}', 400, 'invalid-event'],
];

for (const [what, body, status, code] of REFUSED) {
  test(`a signal is refused: ${what}`, async () => {
    const answer = await postJson('refused', body);
    assert.deepEqual(
      [answer.status, ((await answer.json()) as { code: string }).code],
      [status, code],
    );
  });
}

test('a signal of 4 KB is sent', async () => {
  const answer = await postJson('size', `{"type":"a","data":${big(4_096)},"store":false}`);
  assert.equal(answer.status, 202);
  const text = JSON.stringify({ username: 'a', message: 'é'.repeat(2_000), store: false });
  assert.equal((await postJson('size', text)).status, 202);
});

test('a device cannot publish signals itself', async () => {
  using socket = new SocketReader(parley.url, 'forged');
  await until('it is live', () => isLive(socket.texts.join()));
  const forged = {
    channel: 'forged',
    kind: 'signal',
    type: 'a',
    at: new Date().toISOString(),
    data: 1,
  };
  await device.client.publishAsync('chat/signals/forged', JSON.stringify(forged), { qos: 0 });
  await postJson('forged', '{"type":"real","store":false}');
  const isSignal = (text: string) => JSON.parse(text).kind === 'signal';
  await until('the real one has arrived', () => socket.texts.some(isSignal));
  assert.deepEqual(
    socket.texts.filter(isSignal).map((text) => JSON.parse(text).type),
    ['real'],
  );
});

test('the limit counts the signals of a client on all ways in together', async () => {
  using socket = new SocketReader(limited.url, 'busy');
  await until('it is live', () => isLive(socket.texts.join()));
  const began = Date.now();
  for (let i = 0; i < ANSWERS; i++) socket.send('{"type":"a","store":false}');
  const answers = await Promise.all(
    Array.from({ length: ANSWERS }, () => postJson('busy', '{"type":"a","store":false}', limited)),
  );
  const settled = () => socket.answers('ack').length + socket.answers('error').length;
  await until('the socket has its answers', () => settled() === ANSWERS);
  const seconds = Math.ceil((Date.now() - began) / 1_000);
  const sent = answers.filter(({ status }) => status === 202).length;
  assert.ok(sent + socket.answers('ack').length <= 10 * (seconds + 1));
  const refused = answers.find(({ status }) => status === 429);
  assert.equal(refused?.headers.get('retry-after'), '1');
  assert.equal(socket.answers('error')[0]?.code, 'too-many-requests');
  assert.equal((await postJson('busy', '{"type":"a","data":1}', limited)).status, 201);
});

test('signals are counted, sent and refused', async () => {
  const { url } = parley;
  assert.ok((await metric(url, 'parley_posts_total{kind="signal",outcome="sent"}')) >= 3);
  assert.ok((await metric(url, 'parley_posts_total{kind="signal",outcome="refused"}')) >= 1);
  assert.ok((await metric(url, 'parley_signals_total{outcome="delivered"}')) >= 3);
});
