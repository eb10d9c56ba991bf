import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { post } from '@parley/testkit/clients/post.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { type Running, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const stack = new AsyncDisposableStack();
/** The path and query of a page of the log that cannot be read. */
let broken = '';
let refused = 0;
/** The path and query of a page that is not answered before `release`. */
let held = '';
let holding = 0;
let release: () => void = () => undefined;
let chat: Running;
let broadcast: Running;

before(async () => {
  const { path } = stack.use(await temporaryFolder());
  const bus = { MQTT_URL: `mqtt://127.0.0.1:${await freePort()}` };
  const port = new URL(bus.MQTT_URL).port;
  stack.use(await startBare('broker', { PORT: '0', MQTT_PORT: port }));
  const store = { STORE_URL: `sqlite:${path}/parley.db` };
  chat = stack.use(await startBare('services/chat', { ...bus, ...store }));
  const env = { ...bus, CHAT_URL: await startFaultyProxy(), CANARY_SECONDS: '0' };
  broadcast = stack.use(await startBare('services/broadcast', env));
});
after(() => stack.disposeAsync());

/** A proxy before chat that fails for one page of the log, and delays another one. */
async function startFaultyProxy(): Promise<string> {
  const server = createServer(async ({ url = '' }, response) => {
    const isBroken = broken !== '' && url.startsWith(broken);
    if (isBroken) refused++;
    if (held !== '' && url.startsWith(held)) {
      holding++;
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    }
    const answer = isBroken ? undefined : await fetch(chat.url + url);
    response.writeHead(answer?.status ?? 500).end(await answer?.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.defer(() => server.closeAllConnections());
  stack.defer(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Posts a batch; resolves with the id of its first message. */
async function postMany(channel: string, count: number): Promise<string> {
  const line = JSON.stringify({ channel, username: 'ada', message: 'past' });
  const answer = await fetch(`${chat.url}/chat`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: `${line}\n`.repeat(count),
  });
  const [first = ''] = (await answer.text()).split('\n');
  return JSON.parse(first).id;
}

const seqsOf = ({ text }: StreamText, channel: string) =>
  [...text.matchAll(new RegExp(`"channel":"${channel}","epoch":"\\w+","seq":(\\d+)`, 'g'))].map(
    ([, seq]) => Number(seq),
  );

test('a page of the log that cannot be read delays its channel alone, which then goes on', async () => {
  const id = await postMany('behind', 1_000);
  await postMany('behind', 600);
  broken = '/chat/behind/events?after=0';
  const query = '?channel=behind&channel=other&presence=0';
  using stream = new StreamText(broadcast.url, query, { 'Last-Event-ID': id }, '/broadcast');
  await until('the page was asked for', () => refused > 0);
  await post(chat.url, 'other', 'one');
  await until('the other channel goes on', () => seqsOf(stream, 'other').length === 1);
  const asked = refused;
  await until('the page was asked for again', () => refused > asked);
  await post(chat.url, 'other', 'two');
  await until('the other channel goes on', () => seqsOf(stream, 'other').length === 2);
  assert.deepEqual(seqsOf(stream, 'behind'), []);
  const between = /^id: (.+)$/m.exec(stream.text)?.[1] ?? '';
  broken = '';
  const all = Array.from({ length: 1_599 }, (_, i) => i + 2);
  await until('all have arrived', () => seqsOf(stream, 'behind').length >= all.length);
  assert.deepEqual(seqsOf(stream, 'behind'), all);
  await post(chat.url, 'behind', 'live');
  await until('it is live', () => seqsOf(stream, 'behind').length === all.length + 1);
  using resumed = new StreamText(broadcast.url, query, { 'Last-Event-ID': between }, '/broadcast');
  await until('it resumed', () => seqsOf(resumed, 'behind').length === all.length + 1);
  assert.deepEqual([seqsOf(resumed, 'other'), seqsOf(resumed, 'behind')[0]], [[2], 2]);
});

test('a reader that caught up has the presence that was announced meanwhile', async () => {
  const id = await postMany('long', 1_000);
  await postMany('long', 600);
  [broken, held] = ['/chat/long/events?after=0', '/chat/long/events?after=500'];
  const guestsOf = ({ text }: StreamText) =>
    [...text.matchAll(/"channel":"here","named":0,"guests":(\d)/g)].map(([, guests]) => guests);
  const query = '?channel=long&channel=here';
  using stream = new StreamText(broadcast.url, query, { 'Last-Event-ID': id }, '/broadcast');
  await until('it is live in the other channel', () => guestsOf(stream).length > 0);
  broken = '';
  await until('it catches up', () => holding > 0);
  const before = guestsOf(stream).length;
  using reader = new StreamText(broadcast.url, 'here', {});
  await until('the reader is announced', () => guestsOf(reader).at(-1) === '2');
  assert.equal(guestsOf(stream).length, before);
  held = '';
  release();
  await until('it has the presence', () => guestsOf(stream).at(-1) === '2');
});

test('an event after hello is not missed while the position in another channel is looked up', async () => {
  const ahead = `${(await postMany('ahead', 1)).split(':')[0]}:9`;
  await postMany('now', 3);
  const query = '?channel=ahead&channel=now&channel=soon&presence=0';
  using first = new StreamText(broadcast.url, query, {}, '/broadcast');
  await first.name();
  [held, holding] = ['/chat/ahead/events', 0];
  using stream = new StreamText(broadcast.url, query, { 'Last-Event-ID': ahead }, '/broadcast');
  await stream.name();
  await until('the log is asked for', () => holding > 0);
  for (const channel of ['now', 'soon']) await post(chat.url, channel, 'after hello');
  await until('both have arrived', () => ['now', 'soon'].every((one) => seqsOf(first, one)[0]));
  held = '';
  release();
  await until('the position is found', () => stream.text.includes('"reason":"ahead"'));
  await post(chat.url, 'now', 'later');
  await until('it arrives', () => seqsOf(stream, 'now').includes(5));
  assert.deepEqual([seqsOf(stream, 'now'), seqsOf(stream, 'soon')], [[4, 5], [1]]);
});
