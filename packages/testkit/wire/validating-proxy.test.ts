import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { after, test } from 'node:test';
import { listen, reachableAddress } from '@parley/kit/http/server/listen.ts';
import { startValidatingProxy } from './validating-proxy.ts';

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());

/** A proxy before a server with the given answer. */
async function proxied(answer: RequestListener) {
  const server = createServer(answer).on('upgrade', echo);
  await listen(server, { host: '127.0.0.1', port: 0, setting: 'PORT' });
  stack.defer(() => void server.close());
  return startValidatingProxy(`http://${reachableAddress(server)}`);
}

/** Accepts an upgrade and echoes the bytes. */
function echo(_: unknown, socket: Socket): void {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
  socket.pipe(socket);
}

const HEADERS = {
  'X-Served-By': 'test',
  'X-Request-Id': 'an-id',
  'X-Content-Type-Options': 'nosniff',
  'Content-Type': 'application/json',
  Connection: 'close',
};

test('documented traffic passes, and closing reports nothing', async () => {
  const proxy = await proxied((_, response) =>
    response.writeHead(200, HEADERS).end('{"status":"ok"}'),
  );
  const answer = await fetch(`${proxy.url}/healthz`);
  assert.deepEqual([answer.status, await answer.text()], [200, '{"status":"ok"}']);
  assert.equal(answer.headers.get('x-request-id'), 'an-id');
  await proxy.close();
});

test('undocumented traffic passes too, and closing reports each kind of difference', async () => {
  const proxy = await proxied((_, response) =>
    response.writeHead(200, { ...HEADERS, 'X-New': '1' }).end('{"status":"fine"}'),
  );
  for (let i = 0; i < 3; i++) {
    assert.equal(await (await fetch(`${proxy.url}/healthz`)).text(), '{"status":"fine"}');
  }
  await assert.rejects(proxy.close(), {
    message: `the wire differs from packages/contract/*.yaml:
  GET /healthz -> 200: header x-new is not described
  GET /healthz -> 200: body: /status must be equal to constant (ok)
`,
  });
});

test('a connection that is reset on one side is reset on the other', async () => {
  const proxy = await proxied((request) => request.socket.resetAndDestroy());
  await assert.rejects(fetch(`${proxy.url}/healthz`), (error: Error) => {
    assert.equal((error.cause as NodeJS.ErrnoException).code, 'ECONNRESET');
    return true;
  });
  await proxy.close();
});

test('bytes after an upgrade pass unread', async () => {
  const proxy = await proxied((_, response) => response.end());
  const request = get(`${proxy.url}/a/b/c`, {
    headers: { Connection: 'Upgrade', Upgrade: 'echo' },
  });
  const [, socket] = (await once(request, 'upgrade')) as [unknown, Socket];
  socket.write('GET no HTTP at all\r\n\r\n');
  assert.equal(String((await once(socket, 'data'))[0]), 'GET no HTTP at all\r\n\r\n');
  socket.end();
  await assert.rejects(proxy.close(), {
    message: /yaml:\n {2}GET \/a\/b\/c -> 101: the status is not described\n$/,
  });
});
