import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { startNameServer } from '@parley/testkit/processes/name-server.ts';
import { parseAllowed } from './allowed.ts';
import { openConnections } from './connections.ts';
import { send } from './send.ts';

const stack = new AsyncDisposableStack();
after(() => stack.disposeAsync());

/** A server that closes each connection after its answer, and counts its requests. */
async function startServer(host: string, port = 0) {
  let requests = 0;
  const server: Server = createServer((_request, response) => {
    requests++;
    response.writeHead(204, { Connection: 'close' }).end();
  });
  server.listen(port, host);
  await once(server, 'listening');
  stack.defer(() => void server.close());
  return { port: (server.address() as AddressInfo).port, requests: () => requests };
}

test('a name that leads elsewhere after it was checked reaches nothing inside', async () => {
  const outside = await startServer('127.0.0.2');
  const inside = await startServer('127.0.0.1', outside.port);
  const names = stack.use(await startNameServer());
  const resolver = new Resolver();
  resolver.setServers([`127.0.0.1:${names.port}`]);
  let asked = 0;
  using connections = openConnections(parseAllowed('127.0.0.2'), async (host) => {
    const found = await resolver.resolve4(host);
    asked++;
    // A second question would get the address inside.
    names.names.set('evil.example', ['127.0.0.1']);
    return found.map((address) => ({ address, family: 4 }));
  });
  const url = new URL(`http://evil.example:${outside.port}/`);
  const post = () =>
    send({ url, body: '{}', headers: {}, signal: new AbortController().signal }, connections);
  names.names.set('evil.example', ['127.0.0.2']);
  assert.deepEqual(await post(), { result: 'accepted' });
  assert.deepEqual([asked, outside.requests()], [1, 1], 'one answer for one connection');
  const refused = await post();
  assert.ok(refused.result === 'failed');
  assert.deepEqual([refused.reason, asked], ['address', 2]);
  // Of several addresses only those that are allowed are used.
  names.names.set('evil.example', ['127.0.0.1', '127.0.0.2', '127.0.0.1']);
  assert.deepEqual(await post(), { result: 'accepted' });
  assert.deepEqual([inside.requests(), outside.requests()], [0, 2]);
});

test('localhost is refused like the address that it leads to, and HOOKS_ALLOW can name it', async () => {
  const inside = await startServer('127.0.0.1');
  const url = new URL(`http://LOCALHOST:${inside.port}/`);
  const post = (connections: ReturnType<typeof openConnections>) =>
    send({ url, body: '{}', headers: {}, signal: new AbortController().signal }, connections);
  using none = openConnections(parseAllowed(''));
  const refused = await post(none);
  assert.ok(refused.result === 'failed' && refused.reason === 'address');
  assert.equal(inside.requests(), 0);
  using named = openConnections(parseAllowed('localhost'));
  assert.deepEqual(await post(named), { result: 'accepted' });
});
