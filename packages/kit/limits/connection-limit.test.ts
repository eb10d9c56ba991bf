import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { until } from '@parley/testkit/until.ts';
import { type HttpServer, startHttpServer } from '../http/server/http-server.ts';
import { Metrics } from '../metrics.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: here\r\n\r\n';

async function startLimited(
  t: TestContext,
  limit: { connectionsPerAddress: number; trustedProxies?: string },
) {
  const metrics = new Metrics();
  const at = { host: '127.0.0.1', port: 0, serverName: 'test' };
  const http = await startHttpServer({ ...at, ...limit }, metrics);
  t.after(() => http[Symbol.asyncDispose]());
  http.serve((_request, response) => response.end('here'));
  return { http, metrics };
}

async function open(t: TestContext, http: HttpServer): Promise<Socket> {
  const socket = connect(Number(new URL(http.url).port), '127.0.0.1').on('error', () => undefined);
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function answered(socket: Socket): Promise<string> {
  socket.write(REQUEST);
  const [bytes] = await once(socket, 'data');
  return String(bytes);
}

test('a connection beyond the limit of an address gets 429; when another ends there is space again', async (t) => {
  const { http, metrics } = await startLimited(t, { connectionsPerAddress: 2 });
  const first = await open(t, http);
  const second = await open(t, http);
  assert.match(await answered(first), /^HTTP\/1\.1 200 /);
  const refused = await text(await open(t, http));
  assert.match(
    refused,
    /^HTTP\/1\.1 429 [\s\S]*\r\nRetry-After: 5\r\n[\s\S]*"code":"too-many-requests"/,
  );
  assert.match(
    await metrics.registry.metrics(),
    /parley_limit_refusals_total\{kind="connections"\} 1/,
  );
  second.destroy();
  await until('there is space', async () => {
    const socket = await open(t, http);
    const answer = await answered(socket);
    if (!answer.includes(' 200 ')) socket.destroy();
    return answer.includes(' 200 ');
  });
});

test('connections of a trusted proxy are not counted', async (t) => {
  const { http } = await startLimited(t, { connectionsPerAddress: 1, trustedProxies: 'loopback' });
  const sockets = await Promise.all([open(t, http), open(t, http), open(t, http)]);
  for (const socket of sockets) assert.match(await answered(socket), /^HTTP\/1\.1 200 /);
});
