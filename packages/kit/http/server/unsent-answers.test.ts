import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { until } from '@parley/testkit/until.ts';
import { Metrics } from '../../metrics.ts';
import { startHttpServer } from './http-server.ts';

const MB = 1_048_576;
const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

test('beyond 64 MB of unread answers the oldest are cut, and an answer that is read stays complete', async (t) => {
  const metrics = new Metrics();
  const at = { host: '127.0.0.1', port: 0, serverName: 'test' };
  const http = await startHttpServer(at, metrics);
  t.after(() => http[Symbol.asyncDispose]());
  const answer = Buffer.alloc(12 * MB);
  http.serve((_request, response) => response.end(answer));
  const metric = async (name: string) =>
    Number((await metrics.registry.getSingleMetric(name)?.get())?.values[0]?.value);
  const sockets: Socket[] = [];
  for (let i = 0; i < 12; i++) {
    const socket = connect(Number(new URL(http.url).port), '127.0.0.1').pause();
    sockets.push(socket.on('error', () => undefined));
    await once(socket, 'connect');
    socket.write(REQUEST);
    await once(socket, 'readable');
    assert.ok((await metric('parley_http_unsent_bytes')) <= 64 * MB);
  }
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  assert.ok((await metric('parley_http_answers_cut_total')) >= 4);
  const body = await (await fetch(http.url)).arrayBuffer();
  assert.equal(body.byteLength, answer.length);
});

test('an unread answer counts on a connection that has read others, until the connection ends', async (t) => {
  const metrics = new Metrics();
  const http = await startHttpServer({ host: '127.0.0.1', port: 0, serverName: 'test' }, metrics);
  t.after(() => http[Symbol.asyncDispose]());
  let answers = 0;
  http.serve((_request, response) => response.end(Buffer.alloc(++answers === 2 ? 24 * MB : 1)));
  const unsent = async () =>
    (await metrics.registry.getSingleMetric('parley_http_unsent_bytes')?.get())?.values[0]?.value;
  const socket = connect(Number(new URL(http.url).port), '127.0.0.1');
  socket.write(REQUEST);
  await once(socket, 'data');
  assert.equal(await unsent(), 0);
  socket.pause().write(REQUEST);
  await until('the second answer waits', async () => Number(await unsent()) > MB);
  socket.destroy();
  await until('nothing waits any more', async () => (await unsent()) === 0);
});
