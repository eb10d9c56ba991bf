import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { encodeStreamHead } from './stream-head.ts';

test('an HTTP client can read the head, and the body ends with the connection', async (t) => {
  const server = createServer((socket) => {
    const head = encodeStreamHead({ 'x-served-by': 'broadcast-1', 'X-Request-Id': 'r-1' });
    socket.once('data', () => socket.end(`${head}retry: 500\n\n`));
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const { date, ...headers } = Object.fromEntries(answer.headers);
  assert.equal(answer.status, 200);
  assert.deepEqual(headers, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    'x-served-by': 'broadcast-1',
    'x-request-id': 'r-1',
    connection: 'close',
  });
  assert.ok(Math.abs(Date.parse(date ?? '') - Date.now()) < 10_000);
  assert.equal(await answer.text(), 'retry: 500\n\n');
});

test('the head ends with an empty line, and other headers change neither its type nor its end', () => {
  const head = encodeStreamHead({ 'Content-Type': 'text/html', Connection: 'keep-alive' });
  assert.match(head, /^HTTP\/1\.1 200 OK\r\n(?:[\w-]+: [^\r\n]+\r\n)+\r\n$/);
  assert.doesNotMatch(head, /text\/html|keep-alive/);
});
