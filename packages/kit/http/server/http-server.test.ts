import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '../../run.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';

async function start(t: TestContext): Promise<HttpServer & { port: number }> {
  const http = await startHttpServer({ host: '127.0.0.1', port: 0, serverName: 'test' });
  t.after(() => http[Symbol.asyncDispose]());
  return { ...http, port: Number(new URL(http.url).port) };
}

test('a port in use gives one clear line that names the setting', async (t) => {
  const { port } = await start(t);
  await assert.rejects(
    startHttpServer({ host: '127.0.0.1', port, serverName: 'test' }),
    (error) => {
      assert.ok(error instanceof StartError);
      assert.equal(
        error.message,
        `port ${port} on 127.0.0.1 is in use: stop the program that holds it, or set PORT`,
      );
      return true;
    },
  );
});

test('an address of another machine is refused with the setting to change', async () => {
  await assert.rejects(startHttpServer({ host: '192.0.2.1', port: 0, serverName: 'test' }), {
    name: 'StartError',
    message: 'cannot listen on port 0 on 192.0.2.1 (EADDRNOTAVAIL): check HOST',
  });
});

test('the url of a server that listens on every network works on this machine', async (t) => {
  const http = await startHttpServer({ host: '0.0.0.0', port: 0, serverName: 'test' });
  t.after(() => http[Symbol.asyncDispose]());
  http.serve((_request, response) => response.end('here'));
  assert.match(http.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(await (await fetch(http.url)).text(), 'here');
});

test('closing accepts no new connection and lets an open request finish', async (t) => {
  const http = await start(t);
  const arrived = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  http.serve(async (_request, response) => {
    arrived.resolve();
    await released.promise;
    response.end('finished');
  });
  const answer = fetch(http.url);
  await arrived.promise;

  let closed = false;
  const closing = http[Symbol.asyncDispose]().then(() => {
    closed = true;
  });
  while (!(await refuses(http.port)));
  assert.equal(closed, false);

  released.resolve();
  assert.equal(await (await answer).text(), 'finished');
  await closing;
});

test('a request on a connection that is idle when closing begins is answered and ends the connection', async (t) => {
  const http = await start(t);
  http.serve((_request, response) => response.end('here'));
  const socket = connect(http.port, '127.0.0.1').setEncoding('utf8');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  assert.match(String(await once(socket, 'data')), /\r\nConnection: keep-alive\r\n/);

  const closing = http[Symbol.asyncDispose]();
  await delay(50);
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const answer = await text(socket);
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assert.match(answer, /\r\nConnection: close\r\n/);
  await closing;
});

test('connections that wait to be accepted when closing begins are answered', async (t) => {
  const http = await start(t);
  http.serve((_request, response) => response.end('here'));
  const sockets = Array.from({ length: 20 }, () => connect(http.port, '127.0.0.1'));
  const answers = sockets.map(async (socket) => {
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return text(socket);
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  await http[Symbol.asyncDispose]();
  for (const answer of await Promise.all(answers)) assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
});

test('a pipelined WebSocket request is answered in its turn and does not take the connection over', async (t) => {
  const http = await start(t);
  const released = Promise.withResolvers<void>();
  let upgrades = 0;
  http.serveWebSockets('/ws', async (_request, socket) => {
    upgrades++;
    socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  });
  http.serve(async (request, response) => {
    if (request.url === '/first') await released.promise;
    response.end(`answer to ${request.url}.`);
  });
  const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${more}\r\n`;
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
  const socket = connect(http.port, '127.0.0.1').setEncoding('utf8');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.write(get('/first') + get('/ws/second', upgrade));
  // A complete request on another connection: when it is answered, the two have been read.
  assert.equal(await (await fetch(`${http.url}/other`)).text(), 'answer to /other.');
  assert.equal(received, '');
  released.resolve();
  while (!received.includes('answer to /ws/second.')) await once(socket, 'data');
  assert.ok(received.indexOf('answer to /first.') < received.indexOf('answer to /ws/second.'));
  assert.equal(upgrades, 0);

  // A request that is alone on its connection is upgraded, also when the connection was used
  // before.
  socket.write(get('/ws/third', upgrade));
  await once(socket, 'end');
  assert.match(received, /101 Switching Protocols/);
  assert.equal(upgrades, 1);
});

test('a client that does not speak HTTP gets one problem document', async (t) => {
  const { port } = await start(t);
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  socket.write('EHLO parley\r\n\r\n');
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  assert.match(head, /^HTTP\/1\.1 400 /);
  assert.match(head, /\r\nContent-Type: application\/problem\+json\r\n/);
  assert.equal(JSON.parse(body).code, 'malformed-request');
});

/** The kernel may still accept or reset one of the last connections. */
async function refuses(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
  } finally {
    socket.destroy();
  }
}
