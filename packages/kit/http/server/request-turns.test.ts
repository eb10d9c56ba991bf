import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Metrics } from '../../metrics.ts';
import { startHttpServer } from './http-server.ts';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

async function start(t: TestContext) {
  const metrics = new Metrics();
  const at = { host: '127.0.0.1', port: 0, serverName: 'test' };
  const http = await startHttpServer(at, metrics);
  t.after(() => http[Symbol.asyncDispose]());
  const open = () => {
    const socket = connect(Number(new URL(http.url).port), '127.0.0.1').setEncoding('latin1');
    t.after(() => socket.destroy());
    return socket.on('error', () => undefined);
  };
  const waiting = async () =>
    Number(
      (await metrics.registry.getSingleMetric('parley_http_requests_waiting')?.get())?.values[0]
        ?.value,
    );
  return { http, open, waiting };
}

test('pipelined requests are answered one after the other, in their order', async (t) => {
  const { http, open, waiting } = await start(t);
  let underWay = 0;
  let most = 0;
  http.serve(async (request, response) => {
    most = Math.max(most, ++underWay);
    for await (const _ of request);
    await new Promise(setImmediate);
    underWay--;
    response.end(`<${request.url}>`);
  });
  const socket = open();
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  const paths = Array.from({ length: 300 }, (_, i) => `/${i}`);
  // A body in the middle is read in its turn.
  const post = `POST /post HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n${'b'.repeat(70_000)}`;
  socket.write(paths.map(get).join('') + post + get('/last'));
  while (!received.includes('</last>')) await once(socket, 'data');
  assert.deepEqual(
    received.match(/<[^>]+>/g),
    [...paths, '/post', '/last'].map((path) => `<${path}>`),
  );
  assert.equal(most, 1);
  assert.equal(await waiting(), 0);
});

test('a connection keeps the same number of listeners, however often it pipelines', async (t) => {
  const { http, open } = await start(t);
  const listeners = new Set<number>();
  http.serve(({ socket }, response) => {
    listeners.add(socket.listenerCount('close'));
    setImmediate(() => response.end('<done>'));
  });
  const socket = open();
  for (let pair = 0; pair < 20; pair++) {
    socket.write(get('/one') + get('/two'));
    for (let received = ''; received.split('<done>').length < 3; ) {
      const [chunk] = await once(socket, 'data');
      received += chunk;
    }
  }
  assert.ok(listeners.size <= 2, `${[...listeners]}`);
});

test('a client that pipelines 400 requests and reads nothing costs one answer', async (t) => {
  const { http, open, waiting } = await start(t);
  let answers = 0;
  http.serve((_request, response) => {
    answers++;
    response.end(Buffer.alloc(16 * 1_048_576));
  });
  const socket = open().pause();
  socket.write(get('/').repeat(400));
  while ((await waiting()) < 399) await new Promise(setImmediate);
  assert.equal(answers, 1);
  // When the client reads, the next requests are answered.
  socket.resume();
  while (answers < 3) await once(socket, 'data');
  socket.destroy();
  while ((await waiting()) > 0) await new Promise(setImmediate);
});

test('at most 5,000 requests wait over all connections; a connection that brings more is cut', async (t) => {
  const { http, open, waiting } = await start(t);
  const released = Promise.withResolvers<void>();
  http.serve(async (_request, response) => {
    await released.promise;
    response.end('here');
  });
  const quiet = open();
  quiet.write(get('/'));
  const greedy = Array.from({ length: 6 }, open);
  const closed = greedy.map((socket) => once(socket.resume(), 'close'));
  for (const socket of greedy) socket.write(get('/').repeat(1_000));
  await Promise.race(closed);
  assert.ok((await waiting()) <= 5_000);
  released.resolve();
  assert.match(String(await once(quiet, 'data')), /here/);
});
