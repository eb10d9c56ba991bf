import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { until } from '@parley/testkit/until.ts';
import { Metrics } from '../../metrics.ts';
import { startHttpServer } from './http-server.ts';
import { UnfinishedBodies } from './unfinished-bodies.ts';

const head = (bytes: number) =>
  `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes}\r\n\r\n`;

test('beyond the bound over all connections the body that began first is cut, and what ends frees its space', async (t) => {
  const metrics = new Metrics();
  const bodies = new UnfinishedBodies(metrics, 1_000);
  const server = createServer(
    bodies.watching((request, response) => {
      request.resume().on('error', () => undefined);
      request.once('end', () => response.end('read'));
    }),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets: Socket[] = [];
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const open = async () => {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket.resume();
  };
  const metric = async (name: string) =>
    Number((await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value);
  const bytes = () => metric('parley_http_body_bytes');

  const first = await open();
  first.write(head(600));
  await until('the first body counts', async () => (await bytes()) === 600);
  const second = await open();
  second.write(head(400));
  await until('the second body counts, too', async () => (await bytes()) === 1_000);
  assert.equal(await metric('parley_http_bodies_cut_total'), 0);

  const third = await open();
  const cut = once(first, 'close');
  third.write(head(300));
  await cut;
  assert.equal(await bytes(), 700);
  assert.equal(await metric('parley_http_bodies_cut_total'), 1);

  for (const [socket, length] of [
    [second, 400],
    [third, 300],
  ] as const) {
    const answered = once(socket, 'data');
    socket.write('x'.repeat(length));
    assert.match(String((await answered)[0]), /200 OK/);
  }
  assert.equal(await bytes(), 0);
});

test('a body that is pipelined behind a whole one counts until it ends', async (t) => {
  const metrics = new Metrics();
  const http = await startHttpServer({ host: '127.0.0.1', port: 0, serverName: 'test' }, metrics);
  t.after(() => http[Symbol.asyncDispose]());
  http.serve((request, response) => {
    if (request.headers['content-length'] === '5') return void response.end('read');
    request.resume().once('end', () => response.end('read'));
  });
  const bytes = async () =>
    (await metrics.registry.getSingleMetric('parley_http_body_bytes')?.get())?.values[0]?.value;
  const socket = connect(Number(new URL(http.url).port), '127.0.0.1');
  t.after(() => socket.destroy());
  const answered = once(socket, 'data');
  socket.write(`${head(5)}whole${head(700)}`);
  await answered;
  await until('the second body counts', async () => (await bytes()) === 700);
  const settled = Date.now() + 100;
  await until('and it still does', async () => Date.now() > settled && (await bytes()) === 700);
  const again = once(socket, 'data');
  socket.write('x'.repeat(700));
  await again;
  assert.equal(await bytes(), 0);
});
