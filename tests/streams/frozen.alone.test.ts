import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { metric } from '@parley/testkit/metric.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { startHere } from './standalone-here.ts';

const FROZEN = 10;
/** More unsent bytes than this test causes. */
const NEVER_CUT = 1_000_000_000;
/** Four bytes a character: a few hundred posts exceed the kernel's buffers of a connection. */
const LONG = '😀'.repeat(4000);

test('frozen readers are disconnected within 10 s after they stop reading, and the others get everything', async () => {
  await using folder = await temporaryFolder();
  await using parley = await startHere(folder.path, { readerBytes: NEVER_CUT });
  const { hostname, port } = new URL(parley.url);
  const frozen = Array.from({ length: FROZEN }, () => freeze(Number(port), hostname));
  using reader = new EventReader(parley.url, 'frozen');
  await reader.greeted();
  await until(
    'all are open',
    async () => (await metric(parley.url, 'parley_streams_open')) === FROZEN + 1,
  );

  for (let i = 0; i < 60; i++) {
    await Promise.all(Array.from({ length: 10 }, () => post(parley.url, 'frozen', LONG)));
  }
  const stoppedAt = performance.now();
  const cut = () => metric(parley.url, 'parley_streams_closed_total{reason="stalled"}');
  await until('all frozen readers were disconnected', async () => (await cut()) === FROZEN);
  assert.ok(performance.now() - stoppedAt < 10_000, `${performance.now() - stoppedAt} ms`);
  await reader.received(600);
  assert.equal(reader.resets.length, 0);
  assert.equal(reader.hellos.length, 1);
  for (const socket of frozen) socket.destroy();
});

/** A reader that reads the first bytes and then stops. */
function freeze(port: number, host: string): Socket {
  const socket = connect(port, host, () => {
    socket.write('GET /broadcast/frozen HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.pause();
  });
  return socket.on('error', () => undefined);
}
