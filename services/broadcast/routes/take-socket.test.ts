import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { takeSocket } from './take-socket.ts';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

/**
 * A real HTTP server that takes the socket of each request after `before`, and a client that sent
 * `bytes`.
 */
async function take(t: TestContext, bytes: string, before = async () => {}) {
  const found = { requests: 0, freers: 0, taken: 0, refused: 0 };
  const taken = Promise.withResolvers<{ socket: Socket; response: ServerResponse }>();
  const server = createServer((request: IncomingMessage, response) => {
    found.requests++;
    found.freers += closeListeners(request.socket).filter(isServers).length;
    before()
      .then(() => takeSocket(request, response))
      .then((socket) => {
        if (!socket) throw new Error('the reader has left');
        found.taken++;
        taken.resolve({ socket, response });
      })
      .catch(() => {
        found.refused++;
      });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.setEncoding('utf8').write(bytes);
  t.after(() => {
    client.destroy();
    server.close();
    server.closeAllConnections();
  });
  const { socket, response } = await taken.promise;
  t.after(() => socket.destroy());
  return { found, server, client, socket, response };
}

const closeListeners = (socket: Socket) => socket.listeners('close').map(({ name }) => name);
const isServers = (name: string) => name === 'bound socketOnClose';

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await endOfTurn();
}

test("this version of Node has the server's close listener by the expected name, and the parser is freed", async (t) => {
  const { found, socket, response } = await take(t, REQUEST);
  assert.equal(found.freers, 1);
  assert.equal(Reflect.get(socket, 'parser'), null);
  assert.deepEqual(closeListeners(socket).filter(isServers), []);
  assert.equal(response.socket, null);
});

test('a socket can be taken before and after the end of its request', async (t) => {
  for (const turns of [0, 1, 2, 3, 10]) {
    const { client, socket } = await take(t, REQUEST, async () => {
      for (let i = 0; i < turns; i++) await endOfTurn();
    });
    socket.write('still here');
    assert.deepEqual(await once(client, 'data'), ['still here'], `${turns}`);
  }
});

test('the client gets what is written to the socket, and nothing else', async (t) => {
  const { client, socket } = await take(t, REQUEST);
  socket.write('by hand');
  assert.deepEqual(await once(client, 'data'), ['by hand']);
});

test('a second request is ignored', async (t) => {
  const { client, socket, found } = await take(t, REQUEST);
  client.write(REQUEST);
  await until(() => socket.bytesRead === 2 * REQUEST.length);
  await endOfTurn();
  socket.write('still mine');
  assert.deepEqual(await once(client, 'data'), ['still mine']);
  assert.equal(found.requests, 1);
});

test('only the first of several pipelined requests becomes a stream', async (t) => {
  const { socket, found } = await take(t, REQUEST.repeat(3));
  await until(() => socket.bytesRead === 3 * REQUEST.length);
  await endOfTurn();
  assert.deepEqual([found.taken, found.refused], [1, 2]);
});

test('a request with a body is refused', async (t) => {
  const server = createServer((request, response) => {
    takeSocket(request, response).catch(({ code }) => response.writeHead(400).end(code));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'abc' });
  assert.deepEqual([answer.status, await answer.text()], [400, 'malformed-request']);
});

test('a client that ends its side has left', async (t) => {
  const { client, socket } = await take(t, REQUEST);
  client.end();
  await once(socket, 'close');
  assert.equal(socket.destroyed, true);
});

test('a client that resets its connection causes no error', async (t) => {
  const { client, socket } = await take(t, REQUEST);
  client.resetAndDestroy();
  await new Promise((resolve) => socket.once('close', resolve));
  assert.equal(socket.destroyed, true);
});
