import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { after, before, test } from 'node:test';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { getAsWritten } from '@parley/testkit/clients/get-as-written.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { metric } from '@parley/testkit/metric.ts';
import { type FrontDoor, startFrontDoor } from '@parley/testkit/processes/front-door.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { treeRssBytes } from '../../tools/bench/system/proc-stat.ts';

const stack = new AsyncDisposableStack();
const options = needs('nginx');
let parley: Running;
let door: FrontDoor;

before(async () => {
  if (options.skip) return;
  const folder = stack.use(await temporaryFolder());
  parley = stack.use(
    await start('services/standalone', { DATA_DIR: folder.path, HEARTBEAT_SECONDS: '1' }),
  );
  door = stack.use(await startFrontDoor({ chat: parley.url }));
});
after(() => stack.disposeAsync());

for (const version of [1, 2]) {
  test(
    `over HTTP/${version} events come one by one, uncompressed, though gzip is on`,
    options,
    async () => {
      const channel = `one-by-one-${version}`;
      const stream = await openStream(version, `/broadcast/${channel}`);
      assert.match(String(stream.headers['content-type']), /^text\/event-stream/);
      assert.equal(stream.headers['content-encoding'], undefined);
      assert.equal(stream.headers['x-accel-buffering'], 'no');
      await until('the hello arrived', () => stream.received().includes('event: hello'));
      for (let i = 0; i < 20; i++) {
        await post(door.url, channel, `event ${i}`);
        await until(`event ${i} arrived`, () => stream.received().includes(`"event ${i}"`));
      }
      stream.close();
    },
  );
}

/** A stream requested with `Accept-Encoding: gzip`, like a browser's. */
async function openStream(
  version: number,
  path: string,
): Promise<{ headers: IncomingHttpHeaders; received: () => string; close: () => void }> {
  let received = '';
  const take = (chunk: string) => {
    received += chunk;
  };
  if (version === 1) {
    const answer = await getAsWritten(door, path, { 'Accept-Encoding': 'gzip' });
    answer.setEncoding('utf8').on('data', take);
    return { headers: answer.headers, received: () => received, close: () => answer.destroy() };
  }
  const session = connectHttp2(door.url, { ca: door.ca });
  const stream = session.request({ ':path': path, 'accept-encoding': 'gzip' });
  const headers = await new Promise<IncomingHttpHeaders>((resolve) =>
    stream.once('response', resolve),
  );
  stream.setEncoding('utf8').on('data', take);
  return { headers, received: () => received, close: () => session.destroy() };
}

test(
  'nginx does not buffer events for a frozen reader: broadcast disconnects it',
  options,
  async () => {
    const cut = async () =>
      (await metric(parley.url, 'parley_streams_closed_total{reason="slow"}')) +
      (await metric(parley.url, 'parley_streams_closed_total{reason="stalled"}'));
    const before = await cut();
    const frozen = await getAsWritten(door, '/broadcast/frozen');
    frozen.socket.pause();
    const bytesBefore = treeRssBytes(door.pid);
    // 12 KB in UTF-8: the kernel's buffers on the way hold some 20 MB.
    const text = '€'.repeat(4000);
    await until(
      'broadcast has disconnected the reader',
      async () => {
        await Promise.all(Array.from({ length: 20 }, () => post(parley.url, 'frozen', text)));
        return (await cut()) > before;
      },
      60_000,
    );
    const grown = treeRssBytes(door.pid) - bytesBefore;
    assert.ok(grown < 2_000_000, `nginx grew by ${grown} bytes`);
    frozen.destroy();
  },
);

test('heartbeats keep an idle stream open beyond the read timeout', options, async () => {
  await using hasty = await startFrontDoor({
    chat: parley.url,
    edits: [{ file: 'stream.conf', from: '90s', to: '3s' }],
  });
  using reader = new EventReader(hasty.url, 'idle');
  await reader.greeted();
  const greetedAt = Date.now();
  await until('three times the timeout have passed', () => Date.now() - greetedAt > 9_000);
  await post(hasty.url, 'idle', 'still there');
  await reader.received(1);
  assert.equal(reader.hellos.length, 1);
});

test('with the shipped timeouts an idle stream stays open for ten minutes', {
  skip: process.env.SLOW === '1' ? options.skip : 'SLOW=1 runs it',
  timeout: 700_000,
}, async () => {
  await using folder = await temporaryFolder();
  await using slow = await start('services/standalone', { DATA_DIR: folder.path });
  await using shipped = await startFrontDoor({ chat: slow.url });
  using reader = new EventReader(shipped.url, 'idle');
  await reader.greeted();
  const greetedAt = Date.now();
  await until('ten minutes have passed', () => Date.now() - greetedAt > 600_000, 610_000);
  await post(shipped.url, 'idle', 'still there');
  await reader.received(1);
  assert.equal(reader.hellos.length, 1);
});
