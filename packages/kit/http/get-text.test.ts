import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { getText } from './get-text.ts';

async function serve(t: TestContext, answer: RequestListener): Promise<URL> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/chat`);
}

const OPTIONS = { headers: {}, limitMs: 10_000 };

test('a text is read whole, with the given headers', async (t) => {
  const sent = 'é'.repeat(100_000);
  const url = await serve(t, ({ headers }, response) => response.end(`${headers['x-one']}${sent}`));
  assert.equal(await getText(url, { ...OPTIONS, headers: { 'X-One': '1' } }), `1${sent}`);
});

test('another status than 200 is an error that names the path', async (t) => {
  const url = await serve(t, (_request, response) => response.writeHead(503).end('no'));
  await assert.rejects(getText(url, OPTIONS), { message: 'chat answered 503 to /chat' });
});

test('an answer that does not begin, or does not end, in time is an error', async (t) => {
  const url = await serve(t, ({ headers }, response) => {
    if (headers['x-begin']) response.write('half');
  });
  for (const headers of [{}, { 'X-Begin': 'yes' }])
    await assert.rejects(getText(url, { headers, limitMs: 200 }), JSON.stringify(headers));
});

test('a connection that is lost is an error, before and in the answer', async (t) => {
  const url = await serve(t, ({ headers, socket }, response) => {
    if (headers['x-begin']) response.write('half', () => socket.resetAndDestroy());
    else socket.resetAndDestroy();
  });
  for (const headers of [{}, { 'X-Begin': 'yes' }])
    await assert.rejects(getText(url, { ...OPTIONS, headers }), JSON.stringify(headers));
});
