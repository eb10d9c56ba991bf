import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ChatEvent } from '@parley/contract/events/event.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { openDevice } from '@parley/testkit/clients/device.ts';
import { eventsPage } from '@parley/testkit/clients/event-log.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { startForDevices } from '@parley/testkit/mqtt-brokers/server-for-devices.ts';
import type { Running } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';

const stack = new AsyncDisposableStack();
let parley: Running;
let mqttUrl: string;

before(async () => {
  ({ parley, mqttUrl } = await startForDevices(stack));
});
after(() => stack.disposeAsync());

const fields = { username: 'ada', message: 'reply' };

/** Posts JSON; resolves with the status and the code of a refusal. */
async function postJson(channel: string, body: object) {
  const answer = await ask('POST', `${parley.url}/chat/${channel}`, {}, body);
  return [answer.status, answer.body?.code];
}

const linksOf = (events: ChatEvent[]) =>
  events.map((event) => event.kind === 'message' && [event.seq, event.replyTo, event.replies]);

test('a reply names its message, on every way in and out', async () => {
  const channel = 'ways';
  const received: string[] = [];
  await using device = await openDevice(mqttUrl);
  device.client.on('message', (_, payload) => received.push(String(payload)));
  await device.client.subscribeAsync(`chat/events/${channel}`);
  const { epoch } = await post(parley.url, channel, 'hi');
  using socket = new SocketReader(parley.url, channel);
  await socket.receivedFrame('hello');
  assert.deepEqual(await postJson(channel, { ...fields, replyTo: 1 }), [201, undefined]);
  const form = new URLSearchParams({ ...fields, replyTo: '1' });
  await fetch(`${parley.url}/chat/${channel}`, { method: 'POST', body: form });
  await fetch(`${parley.url}/chat`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: JSON.stringify({ channel, ...fields, replyTo: 1 }),
  });
  socket.send({ type: 'message', ...fields, replyTo: 1 });
  await socket.received(4);
  await device.post(channel, { ...fields, replyTo: 1 });
  await socket.received(5);
  const replies = [2, 3, 4, 5, 6].map((seq) => [seq, 1, undefined]);
  assert.deepEqual(linksOf(socket.events), replies);
  await until('the bus has the replies', () => received.length === 6);
  assert.deepEqual(linksOf(received.map((text) => JSON.parse(text))), [
    [1, undefined, undefined],
    ...replies,
  ]);
  const { events } = await eventsPage(parley.url, channel);
  assert.deepEqual(linksOf(events), [[1, undefined, 5], ...replies]);
  using resumed = new SocketReader(parley.url, channel, `?lastEventId=${epoch}:0`);
  await resumed.received(6);
  const inStream = [[1, undefined, undefined], ...replies];
  assert.deepEqual(linksOf(resumed.events), inStream, 'a stream has no number of replies');
});

test('a stream that is read from the log has no number of replies either', async () => {
  const channel = 'cold';
  await post(parley.url, channel, 'hi');
  await postJson(channel, { ...fields, replyTo: 1 });
  using stream = new StreamText(parley.url, `${channel}?last=9`, {});
  await until('the stream has the reply', () => stream.text.includes('"replyTo":1'));
  assert.ok(!stream.text.includes('"replies"'));
});

test('a reply to what is no message is refused, and stores nothing', async () => {
  const channel = 'refused';
  assert.deepEqual(await postJson('nothing', { ...fields, replyTo: 1 }), [404, 'not-found']);
  assert.equal((await eventsPage(parley.url, 'nothing')).head, 0);
  await post(parley.url, channel, 'hi');
  await postJson(channel, { type: 'sensor', data: 1 });
  const invalid = [400, 'invalid-reply'];
  assert.deepEqual(await postJson(channel, { ...fields, replyTo: 3 }), [404, 'not-found']);
  for (const replyTo of [2, 0, -1, 1.5, '1', null, 2 ** 53, [1]]) {
    assert.deepEqual(await postJson(channel, { ...fields, replyTo }), invalid, `${replyTo}`);
  }
  for (const replyTo of ['', '0', 'x', '1.0']) {
    const body = new URLSearchParams({ ...fields, replyTo });
    const answer = await fetch(`${parley.url}/chat/${channel}`, { method: 'POST', body });
    assert.equal(((await answer.json()) as { code: string }).code, 'invalid-reply', replyTo);
  }
  assert.deepEqual(await postJson(channel, { type: 'sensor', replyTo: 1 }), invalid);
  assert.deepEqual(await postJson(channel, { ...fields, store: false, replyTo: 1 }), invalid);
  assert.equal((await eventsPage(parley.url, channel)).head, 2);
});

test('a thread is paged as the log is, and is 404 where there is no such message', async () => {
  const channel = 'thread';
  await post(parley.url, channel, 'hi');
  for (const i of [1, 2, 3]) {
    await postJson(channel, { ...fields, message: `reply ${i}`, replyTo: 1 });
    await post(parley.url, channel, 'beside');
  }
  const read = async (query: string) => {
    const { events, next, head } = await eventsPage(parley.url, channel, `thread=1&${query}`);
    assert.equal(head, 7);
    return [events.map(({ seq }) => seq), next];
  };
  assert.deepEqual(await read(''), [[1, 2, 4, 6], null]);
  assert.deepEqual(await read('limit=2'), [[1, 2], 2]);
  assert.deepEqual(await read('limit=2&after=2'), [[4, 6], null]);
  assert.deepEqual(await read('limit=2&before=7'), [[4, 6], 4]);
  assert.deepEqual(await read('limit=2&before=4'), [[1, 2], null]);
  assert.deepEqual(await read('after=6'), [[], null]);
  for (const [query, status] of [
    ['thread=8', 404],
    ['thread=0', 400],
    ['thread=x', 400],
    ['thread=', 400],
  ]) {
    const answer = await ask('GET', `${parley.url}/chat/${channel}/events?${query}`, {});
    assert.equal(answer.status, status, `${query}`);
  }
  assert.equal((await ask('GET', `${parley.url}/chat/none/events?thread=1`, {})).status, 404);
});
