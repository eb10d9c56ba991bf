import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { until } from '@parley/testkit/until.ts';
import { Metrics } from '../../metrics.ts';
import { UnfinishedBodies } from './unfinished-bodies.ts';

const head = (bytes: number) =>
  `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes}\r\n\r\n`;

test('beyond the bound over all connections the body that began first is cut, and what ends frees its room', async (t) => {
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
