import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { type Notice, SocketReader, upgrade } from '@parley/testkit/clients/socket-reader.ts';
import { type Running, start, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

async function startParley(env: Record<string, string> = {}) {
  await using building = new AsyncDisposableStack();
  const folder = building.use(await temporaryFolder());
  const parley = building.use(
    await start('services/standalone', { DATA_DIR: folder.path, ...env }),
  );
  const stack = building.move();
  return { ...parley, [Symbol.asyncDispose]: () => stack.disposeAsync() } satisfies Running;
}

test('a WebSocket carries the same events as Server-Sent Events, after a hello', async () => {
  await using parley = await startParley();
  using events = new EventReader(parley.url, 'both');
  using socket = new SocketReader(parley.url, 'both');
  await Promise.all([events.greeted(), socket.receivedFrame('hello')]);
  for (const message of ['short', 'x'.repeat(200), '😀'.repeat(4000), '"data: "\n\n\\n']) {
    await post(parley.url, 'both', message);
  }
  await Promise.all([events.received(4), socket.received(4)]);
  assert.deepEqual(socket.events, events.events);
  const { stream, ...hello } = socket.others[0] as Notice;
  assert.notEqual(stream, events.hellos[0]?.stream);
  assert.deepEqual(hello, { type: 'hello', server: 'test', channel: 'both', epoch: null, head: 0 });
});

test('a WebSocket resumes after a position, from memory and from the log, and gets a reset if it cannot', async () => {
  await using parley = await startParley();
  // More than a backlog holds.
  const text = 'x'.repeat(3900);
  for (let i = 0; i < 400; i += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, j) => post(parley.url, 'resume', `m${i + j} ${text}`)),
    );
  }
  const log = await wholeLog(parley.url, 'resume');
  for (const after of [0, 10, 398, 400]) {
    const query = `?lastEventId=${log[0]?.epoch}:${after}`;
    using socket = new SocketReader(parley.url, 'resume', query);
    await socket.received(400 - after);
    assert.deepEqual(socket.events, log.slice(after));
  }
  using newest = new SocketReader(parley.url, 'resume', '?last=3');
  await newest.received(3);
  assert.deepEqual(newest.events, log.slice(397));
  using lost = new SocketReader(parley.url, 'resume', '?lastEventId=nowhere:7');
  await lost.receivedFrame('reset');
  assert.equal(lost.others.at(-1)?.reason, 'epoch');
});

test('messages over a WebSocket are stored in order, once for each key, and acknowledged', async () => {
  await using parley = await startParley();
  using socket = new SocketReader(parley.url, 'talk');
  await socket.receivedFrame('hello');
  for (let i = 0; i < 100; i++) {
    socket.send({ type: 'message', username: 'ada', message: `m${i}`, key: `k${i}` });
  }
  socket.send({ type: 'message', username: 'ada', message: 'm7', key: 'k7' });
  socket.send({ type: 'message', username: 'ada', message: 'without a key' });
  await until('all messages are answered', () => socket.answers('ack').length === 102);
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

test('a message that cannot be stored is answered with its code, and the stream goes on', async () => {
  await using parley = await startParley();
  using socket = new SocketReader(parley.url, 'refused');
  await socket.receivedFrame('hello');
  const frame = { type: 'message', username: 'ada', message: 'hi', key: 'k' };
  const wrong: [string, unknown][] = [
    ['malformed-json', 'no JSON'],
    ['malformed-request', { ...frame, type: 'vote' }],
    ['malformed-request', [frame]],
    ['invalid-username', { ...frame, username: '' }],
    ['invalid-username', { ...frame, username: undefined }],
    ['invalid-message', { ...frame, message: 'x'.repeat(4001) }],
    ['invalid-message', { ...frame, message: 7 }],
    ['invalid-idempotency-key', { ...frame, key: 'ключ' }],
    ['malformed-request', { ...frame, key: 7 }],
  ];
  for (const [, frame] of wrong) socket.send(frame);
  socket.send(frame);
  socket.send({ ...frame, message: 'another body' });
  await until('the valid message is stored', () => socket.answers('ack').length === 1);
  await until(
    'all messages are answered',
    () => socket.answers('error').length === wrong.length + 1,
  );
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
  await socket.receivedFrame('hello');
  socket.send({ type: 'message', username: 'ada', message: 'x'.repeat(70_000) });
  assert.equal(await socket.closed, 1009);
  assert.deepEqual(await wholeLog(parley.url, 'huge'), []);
});

test('pages of other origins are refused unless allowed, and programs are accepted', async () => {
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

test('a request that is not a WebSocket, or for no channel, is refused with its problem', async () => {
  await using parley = await startParley();
  const plain = await fetch(`${parley.url}/broadcast/x/ws`);
  assert.equal(plain.status, 426);
  assert.equal(plain.headers.get('upgrade'), 'websocket');
  assert.equal(plain.headers.get('sec-websocket-version'), '13');
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

test('only a GET of HTTP/1.1 begins a WebSocket', async () => {
  await using folder = await temporaryFolder();
  await using parley = await startBare('services/standalone', { DATA_DIR: folder.path });
  const { hostname, port } = new URL(parley.url);
  const upgrading = [
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ];
  const firstLineFor = async (method: string, version: string) => {
    const socket = connect(Number(port), hostname);
    const head = [`${method} /broadcast/x/ws HTTP/${version}`, ...upgrading].join('\r\n');
    socket.end(`${head}\r\nContent-Length: 0\r\n\r\n`);
    return (await text(socket)).split('\r\n')[0];
  };
  assert.match((await firstLineFor('POST', '1.1')) ?? '', / 405 /);
  assert.match((await firstLineFor('GET', '1.0')) ?? '', / 426 /);
});

test('a request to upgrade to another protocol is answered like any other', async () => {
  await using parley = await startParley();
  const answer = await upgrade(parley.url, '/broadcast/x/ws', { Upgrade: 'h2c' });
  assert.equal(answer.status, 426);
});

test('a malformed target ends only its own connection', async () => {
  await using parley = await startBare('services/standalone', {
    DATA_DIR: (await folderOf()).path,
  });
  for (const target of ['//', '//:x', 'http://[', '*', '/broadcast/%/ws']) {
    const answer = await rawUpgrade(parley.url, target);
    assert.match(answer, /^HTTP\/1\.1 4\d\d /, target);
  }
  assert.equal((await fetch(`${parley.url}/healthz`)).status, 200);
  assert.equal(await parley.end('SIGTERM'), 0);
});

test('a burst of messages from one client delays no other client, and is disconnected', async () => {
  await using parley = await startBare('services/standalone', {
    DATA_DIR: (await folderOf()).path,
  });
  const socket = await rawWebSocket(parley.url, '/broadcast/burst/ws');
  const closed = once(socket, 'close');
  // A masked text frame without content, repeated.
  socket.write(Buffer.concat(Array(20_000).fill(Buffer.from([0x81, 0x80, 0, 0, 0, 0]))));
  const startedAt = performance.now();
  assert.equal((await fetch(`${parley.url}/healthz`)).status, 200);
  assert.ok(performance.now() - startedAt < 5_000, `${performance.now() - startedAt} ms`);
  await closed;
  assert.ok(performance.now() - startedAt < 10_000, `${performance.now() - startedAt} ms`);
});

test('a refused client that stays is disconnected, and does not delay a stop', async () => {
  await using parley = await startBare('services/standalone', {
    DATA_DIR: (await folderOf()).path,
  });
  const { hostname, port } = new URL(parley.url);
  const stubborn = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  stubborn
    .on('error', () => undefined)
    .resume()
    .write(upgradeRequest('/nowhere'));
  await once(stubborn, 'end');
  const startedAt = performance.now();
  assert.equal(await parley.end('SIGTERM'), 0);
  assert.ok(performance.now() - startedAt < 5_000);
  stubborn.destroy();
});

test('hello is always first, and a stream contains what its client sent at once', async () => {
  await using parley = await startParley();
  const tries = Array.from({ length: 40 }, (_, i) => `early-${i}`);
  await Promise.all(
    tries.map(async (channel) => {
      using socket = new SocketReader(parley.url, channel);
      socket.sendAtOnce({ type: 'message', username: 'ada', message: channel, key: channel });
      await socket.receivedFrame('ack');
      await socket.received(1);
      assert.deepEqual(
        socket.others.map(({ type }) => type),
        ['hello', 'ack'],
      );
      assert.equal(socket.events[0]?.message, channel);
    }),
  );
});

for (const version of ['12', '14', '8', '13, 8', 'x']) {
  test(`a WebSocket of version "${version}" is answered with the supported version`, async () => {
    await using parley = await startBare('services/standalone', {
      DATA_DIR: (await folderOf()).path,
    });
    for (const target of ['/broadcast/x/ws', '/mqtt']) {
      const answer = await rawUpgrade(parley.url, target, version);
      assert.match(answer, /^HTTP\/1\.1 426 /);
      assert.match(answer, /\r\nSec-WebSocket-Version: 13\r\n/);
      assert.match(answer, /"code":"upgrade-required"/);
    }
  });
}

test('a hundred pings in one packet are answered, and far more end with a Close frame', async () => {
  await using parley = await startBare('services/standalone', {
    DATA_DIR: (await folderOf()).path,
  });
  // Masked pings with a mask of zeros, so that masking changes nothing.
  const pings = (count: number) =>
    Buffer.concat(Array(count).fill(Buffer.from([0x89, 0x81, 0, 0, 0, 0, 0x70])));
  const pong = Buffer.from([0x8a, 0x01, 0x70]);
  const socket = await rawWebSocket(parley.url, '/broadcast/pings/ws');
  let received: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });
  const pongs = () => received.toString('latin1').split(pong.toString('latin1')).length - 1;
  socket.write(pings(100));
  await until('all pings are answered', () => pongs() === 100);
  socket.write(pings(9_000));
  await once(socket, 'end');
  const close = Buffer.from([0x88, 0x18, 0x03, 0xf0]).toString('latin1');
  assert.ok(received.toString('latin1').includes(close));
  socket.destroy();
});

test('a planned stop sends the wait before reconnecting, and closes with 1012', async () => {
  await using parley = await startParley({ DRAIN_SECONDS: '2' });
  using socket = new SocketReader(parley.url, 'stop');
  await socket.receivedFrame('hello');
  const exited = parley.end('SIGTERM');
  assert.equal(await socket.closed, 1012);
  const [retry] = socket.answers('retry');
  assert.ok(Number(retry?.ms) >= 500 && Number(retry?.ms) <= 2_500, `${retry?.ms}`);
  assert.equal(await exited, 0);
});

const folders = new AsyncDisposableStack();
after(() => folders.disposeAsync());

async function folderOf() {
  return folders.use(await temporaryFolder());
}

/** A request for a WebSocket, as bytes on the wire. */
function upgradeRequest(target: string, version = '13'): string {
  const headers = 'Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
  const protocol = target === '/mqtt' ? 'Sec-WebSocket-Protocol: mqtt\r\n' : '';
  const key = `${protocol}Sec-WebSocket-Version: ${version}\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n`;
  return `GET ${target} HTTP/1.1\r\n${headers}${key}\r\n`;
}

/** The answer to a request for a WebSocket at any target. */
function rawUpgrade(url: string, target: string, version?: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(upgradeRequest(target, version));
  return text(socket);
}

/** An open WebSocket to which any bytes can be written. */
async function rawWebSocket(url: string, target: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined).write(upgradeRequest(target));
  await once(socket, 'data');
  return socket;
}
