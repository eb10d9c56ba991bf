import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { eventsPage } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { metric } from '@parley/testkit/metric.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { range } from '@parley/testkit/range.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const stack = new AsyncDisposableStack();
let parley: Running;

before(async () => {
  const folder = stack.use(await temporaryFolder());
  parley = stack.use(
    await start('services/standalone', {
      DATA_DIR: folder.path,
      HEARTBEAT_SECONDS: '1',
    }),
  );
});
after(() => stack.disposeAsync());

async function fill(channel: string, count: number): Promise<string> {
  let epoch = '';
  for (let i = 1; i <= count; i++) ({ epoch } = await post(parley.url, channel, `m${i}`));
  return epoch;
}

/** A raw reader, for details that an EventSource hides or repairs. */
async function rawStream(
  path: string,
  headers = '',
): Promise<{ socket: Socket; text: () => string }> {
  const { hostname, port } = new URL(parley.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
  await until('the stream began', () => text.includes('event: hello'));
  return { socket, text: () => text };
}

test('a reader gets hello first, then each message when it is posted, with its id and its JSON', async () => {
  using reader = new EventReader(parley.url, 'live');
  await reader.greeted();
  const { stream, ...hello } = reader.hellos[0] ?? {};
  assert.match(stream ?? '', /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/);
  assert.deepEqual(hello, { server: 'test', channel: 'live', epoch: null, head: 0 });
  const receipt = await post(parley.url, 'live', 'hi everybody!', 'omri');
  await reader.received(1);
  const { channel, epoch, seq, id, at } = receipt;
  assert.deepEqual(reader.events[0], {
    channel,
    epoch,
    seq,
    id,
    kind: 'message',
    at,
    username: 'omri',
    message: 'hi everybody!',
    up: 0,
    down: 0,
  });
  assert.deepEqual(reader.ids, [id]);
});

test('a stream has the headers of an event stream that no proxy may buffer', async () => {
  const { socket, text } = await rawStream('/broadcast/head');
  const head = text().split('\r\n\r\n')[0] ?? '';
  assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(head, /^Content-Type: text\/event-stream; charset=utf-8$/m);
  assert.match(head, /^Cache-Control: no-store, no-transform$/m);
  assert.match(head, /^X-Accel-Buffering: no$/m);
  assert.match(head, /^x-served-by: test$/im);
  assert.match(text(), /\r\n\r\n(?::\n)*retry: \d+\nevent: hello\n/);
  socket.destroy();
});

test('an idle stream gets heartbeats', async () => {
  const { socket, text } = await rawStream('/broadcast/idle');
  await until('two heartbeats arrived', () => text().split('\n:\n').length > 2, 5_000);
  socket.destroy();
});

test('on request a page gets heartbeats as events, without an id', async () => {
  const epoch = await fill('beats', 1);
  const { socket, text } = await rawStream('/broadcast/beats?heartbeat=event&last=1');
  const beat = '\n\nevent: heartbeat\ndata: {}\n\n';
  await until('two heartbeats arrived', () => text().split(beat).length > 2);
  assert.ok(!/^:/m.test(text()), 'no comment lines');
  socket.destroy();
  using reader = new EventReader(parley.url, 'beats', '?heartbeat=event&last=1');
  let beats = 0;
  reader.listen('heartbeat', ({ data, lastEventId }) => {
    beats++;
    assert.deepEqual([data, lastEventId], ['{}', `${epoch}:1`]);
  });
  await until('two heartbeats arrived', () => beats >= 2);
  const refused = await fetch(`${parley.url}/broadcast/beats?heartbeat=often`);
  assert.equal(refused.status, 400);
});

test('every block of a stream has data, and the id is the last line of an event', async () => {
  await fill('blocks', 3);
  const { socket, text } = await rawStream('/broadcast/blocks?last=3');
  await until('a heartbeat arrived after the events', () => /:3\n\n.*\n:\n/s.test(text()));
  const body = text().slice(text().indexOf('\r\n\r\n') + 4);
  const blocks = body.split('\n\n').slice(0, -1);
  const fields = blocks.map((block) =>
    block
      .split('\n')
      .map((line) => line.slice(0, line.indexOf(':')))
      .filter((name) => name !== ''),
  );
  assert.deepEqual(fields, [
    ['retry', 'event', 'data'],
    ...Array(3).fill(['data', 'id']),
    ['event', 'data'],
  ]);
  socket.destroy();
});

test('a reader that names its position gets every event once, while others post', async () => {
  const epoch = await fill('resume', 20);
  using whole = new EventReader(parley.url, 'resume', `?lastEventId=${epoch}:0`);
  using part = new EventReader(parley.url, 'resume', `?lastEventId=${epoch}:15`);
  for (let i = 21; i <= 40; i++) await post(parley.url, 'resume', `m${i}`);
  await whole.received(40);
  await part.received(25);
  assert.deepEqual(whole.seqs, range(1, 40));
  assert.deepEqual(part.seqs, range(16, 40));
});

test('?last= begins with the newest events, and no position begins with the next one', async () => {
  await fill('last', 5);
  using three = new EventReader(parley.url, 'last', '?last=3');
  using many = new EventReader(parley.url, 'last', '?last=50');
  using none = new EventReader(parley.url, 'last');
  await Promise.all([three.greeted(), many.greeted(), none.greeted()]);
  await post(parley.url, 'last', 'm6');
  await Promise.all([three.received(4), many.received(6), none.received(1)]);
  assert.deepEqual([three.seqs, many.seqs, none.seqs], [range(3, 6), range(1, 6), [6]]);
});

test('the Last-Event-ID header takes precedence over the address', async () => {
  const epoch = await fill('header', 5);
  const { socket, text } = await rawStream(
    '/broadcast/header?last=5',
    `Last-Event-ID: ${epoch}:4\r\n`,
  );
  await until('the fifth event arrived', () => text().includes(`id: ${epoch}:5\n`));
  assert.ok(!text().includes(`id: ${epoch}:4\n`));
  socket.destroy();
});

test('an empty Last-Event-ID header does not hide the position in the address', async () => {
  const epoch = await fill('empty-header', 5);
  for (const [query, header] of [
    [`?lastEventId=${epoch}:3`, ''],
    [`?lastEventId=${epoch}:3`, ' '],
    ['?lastEventId=', `${epoch}:3`],
  ]) {
    const { socket, text } = await rawStream(
      `/broadcast/empty-header${query}`,
      `Last-Event-ID: ${header}\r\n`,
    );
    await until('the fifth event arrived', () => text().includes(`id: ${epoch}:5\n`));
    assert.ok(text().includes(`id: ${epoch}:4\n`));
    assert.ok(!text().includes(`id: ${epoch}:3\n`));
    assert.ok(!text().includes('event: reset'));
    socket.destroy();
  }
});

test('an unusable position gets a reset, and the stream goes on from the head', async () => {
  const epoch = await fill('reset', 3);
  const cases = [
    ['nonsense', 'malformed'],
    ['other:2', 'epoch'],
    [`${epoch}:1000`, 'ahead'],
  ];
  for (const [position, reason] of cases) {
    using reader = new EventReader(parley.url, 'reset', `?lastEventId=${position}`);
    await until('a reset arrived', () => reader.resets.length > 0);
    assert.deepEqual(reader.resets, [{ reason, history: '/chat/reset/events' }]);
    const { seq } = await post(parley.url, 'reset', 'next');
    await reader.received(1);
    assert.deepEqual(reader.seqs, [seq]);
  }
});

test('simultaneous posts reach every reader once and in the same order', async () => {
  const readers = Array.from({ length: 10 }, () => new EventReader(parley.url, 'order'));
  await Promise.all(readers.map((reader) => reader.greeted()));
  await Promise.all(range(1, 300).map((i) => post(parley.url, 'order', `m${i}`)));
  for (const reader of readers) {
    await reader.received(300);
    assert.deepEqual(reader.seqs, range(1, 300));
    assert.deepEqual(reader.events, readers[0]?.events);
    reader[Symbol.dispose]();
  }
});

test('a reader that does not read is disconnected and counted, and delays no other', async () => {
  const cutBefore = await metric(parley.url, 'parley_streams_closed_total{reason="slow"}');
  const { socket } = await rawStream('/broadcast/slow');
  socket.pause();
  using other = new EventReader(parley.url, 'slow');
  await other.greeted();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  let posted = 0;
  // Four bytes a character, so that few posts fill the reader's buffers.
  const text = '😀'.repeat(4000);
  await until(
    'the slow reader was disconnected',
    async () => {
      await Promise.all(range(1, 25).map(() => post(parley.url, 'slow', text)));
      posted += 25;
      return (await metric(parley.url, 'parley_streams_closed_total{reason="slow"}')) > cutBefore;
    },
    120_000,
  );
  await other.received(posted);
  assert.deepEqual(other.seqs, range(1, posted));
  socket.resume();
  await closed;
});

test('a second request on a stream is ignored', async () => {
  const { socket, text } = await rawStream('/broadcast/pipelined');
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await post(parley.url, 'pipelined', 'still a stream');
  await until('the event arrived', () => text().includes('still a stream'));
  assert.equal(text().split('HTTP/1.1').length, 2);
  socket.destroy();
});

test('several requests for streams on one connection are refused', async () => {
  const { hostname, port } = new URL(parley.url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('GET /broadcast/at-once HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3));
  await closed;
  assert.ok(!text.includes('event: hello'), text);
});

test('a planned stop ends streams in order, at spread times, and exits 0', async () => {
  await using folder = await temporaryFolder();
  await using short = await start('services/standalone', {
    DATA_DIR: folder.path,
    DRAIN_SECONDS: '30',
  });
  const { hostname, port } = new URL(short.url);
  const texts = Array.from({ length: 20 }, () => {
    const state = { text: '', ended: false };
    const socket = connect(Number(port), hostname, () =>
      socket.write('GET /broadcast/stop HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    );
    socket.setEncoding('utf8').on('data', (chunk) => {
      state.text += chunk;
    });
    socket.on('end', () => {
      state.ended = true;
    });
    return state;
  });
  await until('all were greeted', () => texts.every(({ text }) => text.includes('event: hello')));
  const posts = range(1, 50).map((i) => post(short.url, 'stop', `m${i}`).catch(() => undefined));
  await Promise.race(posts);
  assert.equal(await short.end('SIGTERM'), 0);
  assert.ok(texts.every(({ ended }) => ended));
  const retries = texts.map(({ text }) => Number(/\nretry: (\d+)\n$/.exec(text)?.[1]));
  assert.ok(Math.max(...retries) - Math.min(...retries) > 5_000, String(retries));

  const acknowledged = (await Promise.all(posts)).filter((receipt) => receipt !== undefined);
  await using again = await start('services/standalone', { DATA_DIR: folder.path });
  const { head } = await eventsPage(again.url, 'stop');
  assert.ok(head >= acknowledged.length && acknowledged.length > 0);
});
