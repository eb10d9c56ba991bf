import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { until } from '@parley/testkit/until.ts';
import { EventSource } from 'eventsource';
import { startExample } from './start-example.ts';

interface Received {
  id: string;
  userId: string;
  message: string;
}

const stack = new AsyncDisposableStack();
const { parley, example, startParley } = await startExample(stack, 'examples/publish-receive');
after(() => stack.disposeAsync());

const publish = (
  path: string,
  body: string | Buffer<ArrayBuffer>,
  headers: Record<string, string> = {},
) => fetch(`${example.url}/chat/publish/${path}`, { method: 'POST', body, headers });

/** A reader, once it gets every message. */
async function receive(channel: string): Promise<Received[]> {
  const received: Received[] = [];
  const source = new EventSource(`${example.url}/chat/receive/${channel}`);
  stack.defer(() => source.close());
  source.onmessage = ({ data }) => received.push(JSON.parse(data));
  await until('the stream is open', () => source.readyState === EventSource.OPEN);
  return received;
}

test('a raw body arrives as it is, also when it is labelled as a form', async () => {
  const received = await receive('raw');
  const bodies = ['a=b&c+d%41', '{"text":"json"}', 'two\nlines, 語'];
  for (const body of bodies) {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const answer = await publish('raw/ada%20l', body, headers);
    assert.equal(answer.status, 201);
    assert.equal(((await answer.json()) as Received).message, body);
  }
  await until('all arrived', () => received.length >= bodies.length);
  assert.deepEqual(
    received.map(({ userId, message }) => [userId, message]),
    bodies.map((body) => ['ada l', body]),
  );
});

test('every reader gets each message once and in order while Parley is killed', async () => {
  const readers = await Promise.all([receive('killed'), receive('killed')]);
  const texts = Array.from({ length: 200 }, (_, i) => `m${i}`);
  const posts = texts.map(async (text, i) => {
    const { status } = await publish(`killed/user${i % 3}`, text);
    assert.equal(status, 201, text);
  });
  await until('some arrived', () => (readers[0]?.length ?? 0) >= 20);
  await parley.end('SIGKILL');
  await startParley();
  await Promise.all(posts);
  await until('all arrived', () => readers.every(({ length }) => length >= texts.length));
  const log = (await wholeLog(parley.url, 'killed')).map((event) => event.id);
  assert.equal(log.length, texts.length);
  for (const received of readers) {
    assert.deepEqual(
      received.map(({ id }) => id),
      log,
    );
  }
  assert.deepEqual(readers[0]?.map(({ message }) => message).sort(), texts.toSorted());
});

test('a reader goes on after its last message, and a repeat with a key is stored once', async () => {
  const first = (await (await publish('again/ada', 'one')).json()) as Received;
  for (let n = 0; n < 2; n++) await publish('again/ada', 'two', { 'Idempotency-Key': 'k' });
  await publish('again/ada', 'three');
  const answer = await fetch(`${example.url}/chat/receive/again`, {
    headers: { 'Last-Event-ID': first.id },
    signal: AbortSignal.timeout(10_000),
  });
  let text = '';
  for await (const part of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    if (text.includes('three')) break;
  }
  assert.deepEqual(
    [...text.matchAll(/"message":"(\w+)"/g)].map(([, message]) => message),
    ['two', 'three'],
  );
});

test('what Parley or the protocol refuses gets an answer and stores nothing', async () => {
  const statusOf = async (answer: Promise<Response>) => (await answer).status;
  assert.equal(await statusOf(publish('bad/ada', '')), 400);
  assert.equal(await statusOf(publish('bad/ada', 'x'.repeat(4_001))), 400);
  assert.equal(await statusOf(publish('bad/ada', 'x'.repeat(20_000))), 413);
  assert.equal(await statusOf(publish('bad/ada', Buffer.from([0xff, 0xfe]))), 400);
  assert.equal(await statusOf(publish('bad/%E0', 'x')), 400);
  assert.equal(await statusOf(publish('.bad/ada', 'x')), 400);
  assert.equal(await statusOf(publish('bad/ada', 'x', { 'Sec-Fetch-Site': 'cross-site' })), 403);
  assert.equal(await statusOf(fetch(`${example.url}/chat/receive/.bad`)), 400);
  assert.equal(await statusOf(fetch(`${example.url}/chat/publish/bad/ada`)), 405);
  assert.equal(await statusOf(fetch(`${example.url}/`)), 404);
  assert.deepEqual(await wholeLog(parley.url, 'bad'), []);
});
