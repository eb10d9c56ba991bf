import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bearerHeader } from '@parley/kit/tokens/bearer-header.ts';
import type { SigningKey } from '@parley/kit/tokens/signing-key.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { StreamText } from '@parley/testkit/clients/stream-text.ts';
import { metric } from '@parley/testkit/metric.ts';
import { startOpenAndRequired } from '@parley/testkit/processes/open-and-required.ts';
import type { Running } from '@parley/testkit/processes/running.ts';
import { until } from '@parley/testkit/until.ts';

const stack = new AsyncDisposableStack();
let open: Running;
let required: Running;
let key: SigningKey;

before(async () => {
  ({ open, required, key } = await startOpenAndRequired(stack, { STREAMS_PER_ADDRESS: '12' }));
});
after(() => stack.disposeAsync());

async function connect(query = '', { url } = open, headers = {}): Promise<SocketReader> {
  const socket = new SocketReader(url, undefined, query, headers);
  await socket.receivedFrame('hello');
  return socket;
}

const textsOf = ({ events }: SocketReader) =>
  events.map((event) => `${event.channel} ${event.message}`);

async function subscribe(socket: SocketReader, channel: string, more: object = {}): Promise<void> {
  const before = socket.answers('subscribed').length;
  socket.send({ type: 'subscribe', channel, ...more });
  await until(`${channel} is subscribed`, () => socket.answers('subscribed').length > before);
}

test('a client subscribes to channels from a position, with the newest, or from now', async () => {
  const positions = [];
  for (const text of ['1', '2', '3']) positions.push((await post(open.url, 'a1', text)).id);
  for (const text of ['1', '2', '3']) await post(open.url, 'a2', text);
  await post(open.url, 'a3', '1');
  using socket = await connect();
  const [hello] = socket.answers('hello');
  assert.deepEqual(hello?.channels, []);
  await subscribe(socket, 'a1', { after: positions[0] });
  await subscribe(socket, 'a2', { last: 1 });
  await subscribe(socket, 'a3');
  await subscribe(socket, 'a4');
  await post(open.url, 'a3', '2');
  await post(open.url, 'a4', '1');
  await post(open.url, 'a1', '4');
  await socket.received(6);
  // The past comes first. Among channels that are live there is no order.
  assert.deepEqual(textsOf(socket).slice(0, 3), ['a1 2', 'a1 3', 'a2 3']);
  assert.deepEqual(textsOf(socket).slice(3).sort(), ['a1 4', 'a3 2', 'a4 1']);
  assert.deepEqual(
    socket.answers('subscribed').map(({ channel, head }) => [channel, head]),
    [
      ['a1', 3],
      ['a2', 3],
      ['a3', 1],
      ['a4', 0],
    ],
  );
});

test('a client that unsubscribes gets no more of the channel, and can subscribe again', async () => {
  using socket = await connect();
  await subscribe(socket, 'b1');
  await subscribe(socket, 'b2');
  socket.send({ type: 'unsubscribe', channel: 'b1' });
  await socket.receivedFrame('unsubscribed');
  await post(open.url, 'b1', 'unheard');
  const { id } = await post(open.url, 'b2', 'heard');
  await socket.received(1);
  assert.deepEqual(textsOf(socket), ['b2 heard']);
  await subscribe(socket, 'b1', { after: `${id.split(':')[0]}:0` });
  await socket.receivedFrame('reset');
  assert.deepEqual(socket.answers('reset'), [
    { type: 'reset', channel: 'b1', reason: 'epoch', history: '/chat/b1/events' },
  ]);
});

test('nothing of a channel follows unsubscribed, also when its past is being read', async () => {
  const line = { channel: 'past', username: 'ada', message: 'x'.repeat(4_000) };
  const posted = await fetch(`${open.url}/chat`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: `${JSON.stringify(line)}\n`.repeat(800),
  });
  const [first = ''] = (await posted.text()).split('\n');
  const after = `${JSON.parse(first).epoch}:0`;
  using socket = await connect();
  for (let i = 1; i <= 20; i++) {
    await subscribe(socket, 'past', { after });
    socket.send({ type: 'unsubscribe', channel: 'past' });
    await until('it is answered', () => socket.answers('unsubscribed').length === i);
    const had = socket.events.length;
    socket.send({ type: 'nothing' });
    await until('a later frame is answered', () => socket.answers('error').length === i);
    assert.equal(socket.events.length, had);
  }
});

test('a client posts to any channel, in order, and answers name the channel', async () => {
  using socket = await connect();
  await subscribe(socket, 'c1');
  socket.send({ type: 'message', channel: 'c1', username: 'ada', message: 'one', key: 'k1' });
  socket.send({ type: 'moved', channel: 'c2', data: { x: 1 }, key: 'k2' });
  socket.send({ type: 'message', channel: 'c1', username: 'ada', msg: 'two' });
  await until('all are stored', () => socket.answers('ack').length === 3);
  assert.deepEqual(socket.answers('ack'), [
    { type: 'ack', key: 'k1', channel: 'c1', seq: 1 },
    { type: 'ack', key: 'k2', channel: 'c2', seq: 1 },
    { type: 'ack', channel: 'c1', seq: 2 },
  ]);
  await socket.received(2);
  assert.deepEqual(textsOf(socket), ['c1 one', 'c1 two']);
});

const REFUSED: [frame: object | string, code: string][] = [
  ['{', 'malformed-json'],
  [{ type: 'subscribe' }, 'invalid-channel'],
  [{ type: 'subscribe', channel: 'team.*' }, 'invalid-channel'],
  [{ type: 'subscribe', channel: 'd1', last: -1 }, 'invalid-query'],
  [{ type: 'subscribe', channel: 'd1', last: '5' }, 'invalid-query'],
  [{ type: 'subscribe', channel: 'd1', after: null }, 'invalid-query'],
  [{ type: 'subscribe', channel: 'd1', from: 1 }, 'malformed-request'],
  [{ type: 'subscribe', channel: 'd1', key: 'k' }, 'malformed-request'],
  [{ type: 'unsubscribe', channel: 'd1', key: 'k' }, 'malformed-request'],
  [{ type: 'subscribe', channel: 'd0' }, 'invalid-query'],
  [{ type: 'hello', channel: 'd1' }, 'malformed-request'],
  [{ type: 'message', message: 'x', username: 'ada' }, 'invalid-channel'],
  [{ type: 'message', channel: 'd1', username: 'ada' }, 'invalid-message'],
  [{ type: 'message', channel: 'd1', username: 'ada', message: null, msg: 'x' }, 'invalid-message'],
  [{ type: 'moved', channel: 'd1', message: null }, 'invalid-event'],
];

test('a frame that cannot be understood is refused, and the connection goes on', async () => {
  using socket = await connect();
  await subscribe(socket, 'd0');
  for (const [i, [frame, code]] of REFUSED.entries()) {
    socket.send(frame);
    await until('it is refused', () => socket.answers('error').length === i + 1);
    assert.equal(socket.answers('error')[i]?.code, code, JSON.stringify(frame));
  }
  await post(open.url, 'd0', 'still here');
  await socket.received(1);
});

test('a refusal repeats the key and the channel, also of a draft with an unknown field', async () => {
  using socket = await connect();
  using single = new SocketReader(open.url, 'c1');
  await single.receivedFrame('hello');
  socket.send({ type: 'moved', channel: 'c1', key: 'k1', x: 1 });
  single.send({ type: 'moved', key: 'k2', x: 1 });
  const refusals = await Promise.all(
    [socket, single].map(async (one) => {
      await one.receivedFrame('error');
      const [refusal] = one.answers('error');
      return [refusal?.key, refusal?.channel, refusal?.code];
    }),
  );
  assert.deepEqual(refusals, [
    ['k1', 'c1', 'invalid-event'],
    ['k2', undefined, 'invalid-event'],
  ]);
});

test('presence names its channel, and ?presence=0 leaves it out', async () => {
  using socket = await connect();
  using quiet = await connect('?presence=0');
  for (const one of [socket, quiet]) {
    await subscribe(one, 'e1');
    await subscribe(one, 'e2');
  }
  const named = () => new Set(socket.presences.map(({ channel }) => channel));
  await until('it has both', () => named().size === 2);
  await post(open.url, 'e1', 'hi');
  await quiet.received(1);
  assert.equal(quiet.presences.length, 0);
});

test('a client has at most 100 channels, and each ten of them count as one stream', async () => {
  using socket = await connect('?presence=0');
  for (let i = 0; i < 100; i++) await subscribe(socket, `f${i}`);
  socket.send({ type: 'subscribe', channel: 'f100' });
  await socket.receivedFrame('error');
  assert.equal(socket.answers('error')[0]?.code, 'too-many-channels');
  using other = await connect('?presence=0');
  for (let i = 0; i < 20; i++) await subscribe(other, `f${i}`);
  other.send({ type: 'subscribe', channel: 'f20' });
  await other.receivedFrame('error');
  assert.equal(other.answers('error')[0]?.code, 'too-many-requests');
  for (let i = 0; i < 30; i++) socket.send({ type: 'unsubscribe', channel: `f${i}` });
  await until('30 have ended', () => socket.answers('unsubscribed').length === 30);
  await subscribe(other, 'f20');
  const counted = () => metric(open.url, 'parley_stream_channels_sum');
  const before = await counted();
  socket[Symbol.dispose]();
  await until('its channels are counted', async () => (await counted()) === before + 100);
});

test('channels that join a stream later count for the limit, and are left out above it', async () => {
  const isOpen = async (count: number) => (await metric(open.url, 'parley_streams_open')) === count;
  await until('the streams of other tests have ended', () => isOpen(0));
  const streamOf = (query: string) => new StreamText(open.url, query, {}, '/broadcast');
  using stream = streamOf('?channel=grow.*&presence=0');
  const others = Array.from({ length: 10 }, () => streamOf('?channel=lobby'));
  for (const one of [stream, ...others]) await one.name();
  const left = () =>
    [...stream.text.matchAll(/event: reset\ndata: (.*)\n/g)].map(([, data]) => data);
  const join = async (channel: string) => {
    await post(open.url, channel, 'hi');
    await until(`${channel} is known`, () => stream.text.includes(`"channel":"${channel}"`));
  };
  for (let i = 0; i < 20; i++) await join(`grow.${i}`);
  assert.deepEqual(left(), []);
  await join('grow.20');
  assert.deepEqual(left(), ['{"channel":"grow.20","reason":"too-many-channels"}']);
  for (const one of others) one[Symbol.dispose]();
  await until('they have ended', () => isOpen(1));
  await join('grow.21');
  await until('it has joined', () => stream.text.includes('"channel":"grow.21","epoch"'));
});

test('a client subscribes only to channels that its token may read', async () => {
  const token = (rights: string[]) =>
    key.sign({ sub: 'probe', publish: ['**'], subscribe: rights }, 600);
  const bearer = { Authorization: `Bearer ${token(['team.*'])}` };
  using socket = await connect('', required, bearer);
  await subscribe(socket, 'team.red');
  socket.send({ type: 'subscribe', channel: 'secret' });
  await socket.receivedFrame('error');
  const [refusal] = socket.answers('error');
  assert.deepEqual([refusal?.code, refusal?.channel], ['forbidden', 'secret']);
  socket.send({ type: 'message', channel: 'secret', username: 'ada', message: 'hi' });
  await socket.receivedFrame('ack');
  assert.deepEqual(socket.events, []);
});

test('a connection that closes while it subscribes leaves no channel and no reader behind', async () => {
  const claims = { sub: 'leaver', name: 'leaver', publish: ['**'], subscribe: ['**'] };
  const headers = bearerHeader(key.sign(claims, 600));
  const live = () => metric(required.url, 'parley_feeds_open');
  const before = await live();
  const names = Array.from({ length: 20 }, (_, i) => `left-${i}`);
  for (const channel of names) {
    const socket = await connect('', required, headers);
    socket.send({ type: 'subscribe', channel });
    socket[Symbol.dispose]();
    await socket.closed;
  }
  {
    // What was asked for the earlier ones is answered by then.
    using last = await connect('', required, headers);
    await subscribe(last, 'left-last');
  }
  await until('no channel is live', async () => (await live()) <= before);
  for (const channel of names) {
    await until(`${channel} has no reader`, async () => {
      const asked = await fetch(`${required.url}/broadcast/${channel}/presence`, { headers });
      const { here } = (await asked.json()) as { here: string[] };
      return here.length === 0;
    });
  }
});
