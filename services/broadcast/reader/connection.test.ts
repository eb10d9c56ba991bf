import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { sseFraming } from '../framing/sse-framing.ts';
import { type CloseReason, Connection } from './connection.ts';

/** More than the kernel buffers for a reader that reads nothing. */
const FLOOD = Buffer.alloc(32 * 1_048_576);

/**
 * Both ends of a connection over loopback, with a `Connection` at the server's end, and the reasons
 * for which it closed.
 */
async function open(t: TestContext, maxBytes = 2 * FLOOD.length) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1').pause();
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(reader, 'connect')])) as [
    [Socket],
    unknown,
  ];
  t.after(() => {
    for (const end of [socket, reader]) end.destroy();
    server.close();
  });
  socket.on('error', () => undefined);
  const reasons: CloseReason[] = [];
  const onClose = (_: Connection, reason: CloseReason) => void reasons.push(reason);
  return {
    reader,
    socket,
    reasons,
    connection: new Connection(socket, {
      channels: 'general',
      framing: sseFraming,
      maxBytes,
      onClose,
    }),
  };
}

/** True when a promise has settled by the end of this turn. */
function settled(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), endOfTurn(false)]);
}

test('a slow reader is cut at the limit of unsent bytes, and only once', async (t) => {
  const maxBytes = 1_000_000;
  const { connection, socket, reasons } = await open(t, maxBytes);
  const chunk = Buffer.alloc(65_536);
  let unsent = 0;
  for (let i = 0; i < 500 && !connection.closed; i++) {
    unsent = socket.writableLength;
    connection.write(chunk);
    await endOfTurn();
  }
  assert.ok(connection.closed);
  assert.ok(unsent > maxBytes && unsent <= maxBytes + chunk.length, `cut at ${unsent} bytes`);
  connection.write(chunk);
  await endOfTurn();
  assert.deepEqual(reasons, ['slow']);
});

test('a reader with unsent bytes is not offered a signal, and is not cut for that', async (t) => {
  const { connection, socket, reader, reasons } = await open(t);
  assert.equal(connection.offer(Buffer.from('one;')), true);
  connection.write(FLOOD);
  const unsent = socket.writableLength;
  assert.ok(unsent > 0);
  assert.equal(connection.offer(Buffer.from('two;')), false);
  assert.equal(socket.writableLength, unsent);
  reader.resume();
  await connection.drained();
  assert.equal(connection.offer(Buffer.from('three;')), true);
  assert.deepEqual(reasons, []);
  connection.cut('reader');
  assert.equal(connection.offer(Buffer.from('four;')), false);
});

test('a reader that keeps up is never cut, however much it receives', async (t) => {
  const { connection, reader, reasons } = await open(t, 100_000);
  let taken = 0;
  reader.resume().on('data', ({ length }) => {
    taken += length;
  });
  const chunk = Buffer.alloc(65_536);
  for (let i = 0; i < 100; i++) if (!connection.write(chunk)) await connection.drained();
  while (taken < 100 * chunk.length) await once(reader, 'data');
  assert.deepEqual(reasons, []);
});

test('`write` returns whether all bytes are sent, and `drained` waits until they are', async (t) => {
  const { connection, socket, reader } = await open(t);
  assert.equal(connection.write('small'), true);
  assert.equal(await settled(connection.drained()), true);
  assert.equal(connection.write(FLOOD), false);
  const drained = connection.drained();
  assert.equal(await settled(drained), false);
  reader.resume();
  await drained;
  assert.equal(socket.writableLength, 0);
});

test('drained resolves when the reader is gone, and at once from then on', async (t) => {
  const { connection, reader, reasons } = await open(t);
  connection.write(FLOOD);
  const drained = connection.drained();
  assert.equal(await settled(drained), false);
  reader.resetAndDestroy();
  await drained;
  assert.equal(connection.closed, true);
  assert.equal(await settled(connection.drained()), true);
  assert.deepEqual(reasons, ['reader']);
});

test('waiting several times leaves no listener behind', async (t) => {
  const { connection, socket, reader } = await open(t);
  const before = socket.listenerCount('close');
  reader.resume();
  for (let i = 0; i < 3; i++) {
    connection.write(Buffer.alloc(8 * 1_048_576));
    await connection.drained();
  }
  assert.equal(socket.listenerCount('close'), before);
});

test('an idle reader gets the heartbeat, a reader with waiting bytes does not', async (t) => {
  const { connection, socket, reader } = await open(t);
  connection.beat();
  assert.equal(String((await once(reader.resume(), 'data'))[0]), ':\n');
  reader.pause();
  connection.write(FLOOD);
  const written = socket.bytesWritten;
  connection.beat();
  assert.equal(socket.bytesWritten, written);
});

test('a reader that reads nothing for over 7 s is cut as stalled', async (t) => {
  const { connection, socket, reasons } = await open(t);
  connection.write(FLOOD);
  for (const nowMs of [1_000, 5_000, 8_000]) connection.checkStalled(nowMs);
  assert.equal(connection.closed, false);
  connection.checkStalled(8_001);
  assert.equal(connection.closed, true);
  await once(socket, 'close');
  assert.deepEqual(reasons, ['stalled']);
});

test('a reader that reads something in time is not cut', async (t) => {
  const { connection, reader } = await open(t);
  connection.write(FLOOD);
  connection.checkStalled(1_000);
  const drained = connection.drained();
  reader.resume();
  await drained;
  reader.pause();
  connection.write(FLOOD);
  for (const nowMs of [8_000, 15_000]) connection.checkStalled(nowMs);
  assert.equal(connection.closed, false);
});

test('the end asks the reader to reconnect, and comes after all earlier writes', async (t) => {
  const { connection, socket, reader, reasons } = await open(t);
  connection.write('data: last\n\n');
  connection.end(1_234.5);
  assert.equal(await text(reader), 'data: last\n\nretry: 1235\n');
  reader.destroy();
  if (!socket.closed) await once(socket, 'close');
  assert.deepEqual(reasons, ['stopping']);
});

test('a write after the end does not reach the reader, and cuts no earlier write short', async (t) => {
  const { connection, reader } = await open(t);
  connection.write(FLOOD);
  connection.end(500);
  connection.write('data: late\n\n');
  const got = await buffer(reader);
  assert.equal(String(got.subarray(FLOOD.length)), 'retry: 500\n');
});

test('a reader that does not read the end is still closed', async (t) => {
  const { connection, socket, reasons } = await open(t);
  connection.write(FLOOD);
  connection.end(500);
  await once(socket, 'close');
  assert.deepEqual(reasons, ['stopping']);
});

test('writes gathered in a turn are sent in order when it ends', async (t) => {
  const { connection, socket, reader } = await open(t);
  connection.gather();
  for (const part of ['head', ' hello', ' past']) connection.write(part);
  assert.equal(socket.writableLength, 15);
  assert.equal(String((await once(reader.resume(), 'data'))[0]), 'head hello past');
});
