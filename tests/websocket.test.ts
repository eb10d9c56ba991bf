import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wholeLog } from './event-log.ts';
import { EventReader } from './event-reader.ts';
import { post } from './post.ts';
import { type Running, start } from './running.ts';
import { SocketReader, upgrade } from './socket-reader.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { until } from './until.ts';

async function startParley(env: Record<string, string> = {}) {
  await using building = new AsyncDisposableStack();
  const folder = building.use(await temporaryFolder());
  const parley = building.use(
    await start('services/standalone', { DATA_DIR: folder.path, ...env }),
  );
  const stack = building.move();
  return { ...parley, [Symbol.asyncDispose]: () => stack.disposeAsync() } satisfies Running;
}

test('a WebSocket carries the same events as Server-Sent Events, after a greeting', async () => {
  await using parley = await startParley();
  using events = new EventReader(parley.url, 'both');
  using socket = new SocketReader(parley.url, 'both');
  await Promise.all([events.greeted(), socket.heard('hello')]);
  for (const message of ['short', 'x'.repeat(200), '😀'.repeat(4000), '"data: "\n\n\\n']) {
    await post(parley.url, 'both', message);
  }
  await Promise.all([events.received(4), socket.received(4)]);
  assert.deepEqual(socket.events, events.events);
  const [hello] = socket.others;
  assert.deepEqual(hello, { type: 'hello', server: 'test', channel: 'both', epoch: null, head: 0 });
});

test('a WebSocket resumes after a position, from memory and from the log, and is told when it cannot', async () => {
  await using parley = await startParley({ BACKLOG_BYTES: '2000' });
  for (let i = 0; i < 60; i++) await post(parley.url, 'resume', `m${i}`);
  const log = await wholeLog(parley.url, 'resume');
  for (const after of [0, 10, 58, 60]) {
    const query = `?lastEventId=${log[0]?.epoch}:${after}`;
    using socket = new SocketReader(parley.url, 'resume', query);
    await socket.received(60 - after);
    assert.deepEqual(socket.events, log.slice(after));
  }
  using newest = new SocketReader(parley.url, 'resume', '?last=3');
  await newest.received(3);
  assert.deepEqual(newest.events, log.slice(57));
  using lost = new SocketReader(parley.url, 'resume', '?lastEventId=nowhere:7');
  await lost.heard('reset');
  assert.equal(lost.others.at(-1)?.reason, 'epoch');
});

test('what a WebSocket says is stored in its order, once for each key, and acknowledged', async () => {
  await using parley = await startParley();
  using socket = new SocketReader(parley.url, 'talk');
  await socket.heard('hello');
  for (let i = 0; i < 100; i++) {
    socket.send({ type: 'message', username: 'ada', message: `m${i}`, key: `k${i}` });
  }
  socket.send({ type: 'message', username: 'ada', message: 'm7', key: 'k7' });
  socket.send({ type: 'message', username: 'ada', message: 'without a key' });
  await until('all are answered', () => socket.answers('ack').length === 102);
  const acks = socket.answers('ack');
  assert.deepEqual(acks[100], { type: 'ack', key: 'k7', seq: 8 });
  assert.deepEqual(acks[101], { type: 'ack', seq: 101 });
  const log = await wholeLog(parley.url, 'talk');
  assert.deepEqual(
    log.map(({ message }) => message),
    [...Array.from({ length: 100 }, (_, i) => `m${i}`), 'without a key'],
  );
  await socket.received(101);
  assert.deepEqual(socket.events, log);
});

test('what cannot be stored is answered with its code, and the stream goes on', async () => {
  await using parley = await startParley();
  using socket = new SocketReader(parley.url, 'refused');
  await socket.heard('hello');
  const said = { type: 'message', username: 'ada', message: 'hi', key: 'k' };
  const wrong: [string, unknown][] = [
    ['malformed-json', 'no JSON'],
    ['malformed-request', { ...said, type: 'vote' }],
    ['malformed-request', [said]],
    ['invalid-username', { ...said, username: '' }],
    ['invalid-username', { ...said, username: undefined }],
    ['invalid-message', { ...said, message: 'x'.repeat(4001) }],
    ['invalid-message', { ...said, message: 7 }],
    ['invalid-idempotency-key', { ...said, key: 'ключ' }],
    ['malformed-request', { ...said, key: 7 }],
  ];
  for (const [, frame] of wrong) socket.send(frame);
  socket.send(said);
  socket.send({ ...said, message: 'another body' });
  await until('the good one is stored', () => socket.answers('ack').length === 1);
  await until('all are answered', () => socket.answers('error').length === wrong.length + 1);
  assert.deepEqual(
    socket.answers('error').map(({ code }) => code),
    [...wrong.map(([code]) => code), 'idempotency-mismatch'],
  );
  assert.equal(socket.answers('error').at(-1)?.key, 'k');
  await socket.received(1);
});

test('a frame beyond 64 KB closes the WebSocket with 1009, and nothing is stored', async () => {
  await using parley = await startParley();
  using socket = new SocketReader(parley.url, 'huge');
  await socket.heard('hello');
  socket.send({ type: 'message', username: 'ada', message: 'x'.repeat(70_000) });
  assert.equal(await socket.closed, 1009);
  assert.deepEqual(await wholeLog(parley.url, 'huge'), []);
});

test('pages of other origins are refused unless they are allowed, programs are not', async () => {
  await using parley = await startParley({ CORS_ORIGINS: 'https://a.example, https://b.example' });
  const { host } = new URL(parley.url);
  const statusOf = async (origin?: string) => {
    const headers = origin === undefined ? {} : { Origin: origin };
    const { status } = await upgrade(parley.url, '/broadcast/x/ws', headers);
    return status;
  };
  assert.equal(await statusOf(), 101);
  assert.equal(await statusOf(`http://${host}`), 101);
  assert.equal(await statusOf('https://b.example'), 101);
  assert.equal(await statusOf('https://c.example'), 403);
  assert.equal(await statusOf('null'), 403);
});

test('a request that is no WebSocket, or for no channel, is refused with its problem', async () => {
  await using parley = await startParley();
  const plain = await fetch(`${parley.url}/broadcast/x/ws`);
  assert.equal(plain.status, 426);
  assert.equal(plain.headers.get('upgrade'), 'websocket');
  for (const [path, status, code] of [
    ['/broadcast/x', 404, 'not-found'],
    ['/broadcast/%zz/ws', 400, 'malformed-request'],
    ['/broadcast/a%20b/ws', 400, 'invalid-channel'],
    ['/broadcast/x/ws?last=many', 400, 'invalid-query'],
  ] as const) {
    const refused = await upgrade(parley.url, path);
    assert.equal(refused.status, status, path);
    assert.equal(JSON.parse(refused.body).code, code, path);
  }
});

test('a request to upgrade to anything else is answered as any other', async () => {
  await using parley = await startParley();
  const answer = await upgrade(parley.url, '/broadcast/x/ws', { Upgrade: 'h2c' });
  assert.equal(answer.status, 426);
});

test('a planned stop tells when to come back, and closes with 1012', async () => {
  await using parley = await startParley({ DRAIN_SECONDS: '2' });
  using socket = new SocketReader(parley.url, 'stop');
  await socket.heard('hello');
  const exited = parley.end('SIGTERM');
  assert.equal(await socket.closed, 1012);
  const [retry] = socket.answers('retry');
  assert.ok(Number(retry?.ms) >= 500 && Number(retry?.ms) <= 2_500, `${retry?.ms}`);
  assert.equal(await exited, 0);
});
