import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { getHeapSpaceStatistics } from 'node:v8';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { startHttpServer } from './http-server.ts';

const REQUEST = 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\ntext';
const CONNECTIONS = 32;
const WARM_UP = 200;
const EACH = 400;
/** In bytes. A request and its answer are some 6 KB. */
const OLD_MAX = 100;

/** Bytes in V8's old generation: what was alive in two collections of the young one. */
function oldBytes(): number {
  const old = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space');
  return old?.space_used_size ?? Number.NaN;
}

/** Sends requests on one connection, each when the one before it is answered. */
async function sendOn(port: number, count: number): Promise<void> {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1');
  let left = count;
  socket.on('data', () => (--left === 0 ? socket.destroy() : socket.write(REQUEST)));
  socket.write(REQUEST);
  await once(socket, 'close');
}

/** The bytes that a request leaves in the old generation. */
async function measure(): Promise<number> {
  await using http = await startHttpServer({ host: '127.0.0.1', port: 0, serverName: 'test' });
  http.serve((request, response) =>
    request.resume().on('end', () => setImmediate(() => response.end())),
  );
  const port = Number(new URL(http.url).port);
  const send = (count: number) =>
    Promise.all(Array.from({ length: CONNECTIONS }, () => sendOn(port, count)));
  await send(WARM_UP);
  const before = oldBytes();
  await send(EACH);
  return (oldBytes() - before) / EACH / CONNECTIONS;
}

// The test runner keeps a record of each request, so a thread without it measures.
if (!isMainThread) parentPort?.postMessage(await measure());
else {
  test('a request that is answered leaves nothing in the old generation of the heap', async () => {
    const [bytes] = await once(new Worker(new URL(import.meta.url)), 'message');
    assert.ok(Math.abs(bytes) < OLD_MAX, `${bytes} bytes`);
  });
}
