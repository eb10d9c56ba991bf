import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { ChatError } from '@parley/contract/problem.ts';
import { openChatClient } from './chat-client.ts';

const TICKET = 't'.repeat(43);
const PAGE = { channel: 'a/b', epoch: 'e', head: 0, events: [], next: null };

interface Asked {
  line: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A chat that answers every request alike, and the requests that it got. */
async function openChat(t: TestContext, status: number, document: unknown) {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    asked.push({ line: `${method} ${url}`, headers, body: await text(request) });
    response.writeHead(status).end(JSON.stringify(document));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const withCode = (code: string) => (error: unknown) =>
  error instanceof ChatError && error.code === code;

test('the log is read with the token of the client', async (t) => {
  const { url, asked } = await openChat(t, 200, PAGE);
  const chat = openChatClient(url, { token: () => 'secret' });
  assert.deepEqual(await chat.after('a/b', 7, 10), PAGE);
  await chat.newest('x', 1);
  assert.deepEqual(
    asked.map(({ line }) => line),
    [
      'GET /chat/a%2Fb/events?after=7&limit=10&renamed=0',
      `GET /chat/x/events?before=${Number.MAX_SAFE_INTEGER}&limit=1&renamed=0`,
    ],
  );
  assert.equal(asked[0]?.headers.authorization, 'Bearer secret');
});

test('heads asks for the named channels, and without names for one', async (t) => {
  const { url, asked } = await openChat(t, 200, { channels: [], next: null });
  const chat = openChatClient(url);
  await chat.heads(['a', 'b']);
  assert.deepEqual(await chat.heads([]), []);
  assert.deepEqual(
    asked.map(({ line }) => line),
    ['GET /chat?channel=a&channel=b&limit=2', 'GET /chat?limit=1'],
  );
  assert.equal(asked[0]?.headers.authorization, undefined);
});

test('the private channels of a reader are listed without counts', async (t) => {
  const { url, asked } = await openChat(t, 200, { channels: [], next: null });
  assert.deepEqual(await openChatClient(url).privateChannelsOf('of the reader'), []);
  assert.equal(asked[0]?.line, 'GET /chat?private=1&limit=1000&unread=0&archived=1');
  assert.equal(asked[0]?.headers.authorization, 'Bearer of the reader');
});

test('a query rejects when chat refuses it', async (t) => {
  const { url } = await openChat(t, 503, {});
  await assert.rejects(openChatClient(url).heads([]), /chat answered 503 to \/chat/);
});

test('a ticket is redeemed with the secret of the process', async (t) => {
  const { url, asked } = await openChat(t, 200, { token: 'abc' });
  assert.equal(await openChatClient(url, { ownSecret: 'own' }).redeem(TICKET), 'abc');
  assert.equal(asked[0]?.line, 'POST /tickets/redeem');
  assert.equal(asked[0]?.body, JSON.stringify({ ticket: TICKET }));
  assert.equal(asked[0]?.headers['x-parley-process'], 'own');
});

test('a ticket is invalid when chat refuses it, and has another error when chat fails', async (t) => {
  for (const [status, code] of [
    [401, 'invalid-ticket'],
    [404, 'invalid-ticket'],
    [500, 'store-unavailable'],
  ] as const) {
    const { url } = await openChat(t, status, {});
    await assert.rejects(openChatClient(url).redeem(TICKET), withCode(code), String(status));
  }
  const nowhere = openChatClient('http://127.0.0.1:1');
  await assert.rejects(nowhere.redeem(TICKET), withCode('store-unavailable'));
});

test('a text that is no ticket is refused without a request', async (t) => {
  const { url, asked } = await openChat(t, 200, {});
  await assert.rejects(openChatClient(url).redeem(['x']), withCode('invalid-ticket'));
  assert.equal(asked.length, 0);
});

test('a post resolves with the answer of any status', async (t) => {
  const { url, asked } = await openChat(t, 429, { code: 'too-many-requests' });
  const chat = openChatClient(url, { token: () => 'of the client' });
  const signal = AbortSignal.timeout(5_000);
  const draft = { username: 'ada', type: 'score', data: '{"2":1,"1":0}', other: 'left out' };
  const response = await chat.post('a b', draft, {
    token: 'of the poster',
    key: 'k',
    headers: { 'X-Forwarded-For': '192.0.2.1' },
    signal,
  });
  assert.equal(response.status, 429);
  await response.body?.cancel();
  const { line, headers, body } = asked[0] ?? assert.fail();
  assert.equal(line, 'POST /chat/a%20b');
  assert.equal(body, '{"username":"ada","type":"score","data":{"2":1,"1":0}}');
  assert.equal(headers['content-type'], 'application/json');
  assert.equal(headers.authorization, 'Bearer of the poster');
  assert.equal(headers['idempotency-key'], 'k');
  assert.equal(headers['x-forwarded-for'], '192.0.2.1');

  await (await chat.edit('a b', 7, 'new', { token: 'of the poster', signal })).body?.cancel();
  const edit = asked.pop() ?? assert.fail();
  assert.deepEqual([edit.line, edit.body], ['PATCH /chat/a%20b/events/7', '{"message":"new"}']);
  assert.equal(edit.headers.authorization, 'Bearer of the poster');

  await (await chat.post('a', draft, { token: undefined, signal })).body?.cancel();
  assert.equal(asked[1]?.headers.authorization, undefined);
  assert.equal(asked[1]?.headers['idempotency-key'], undefined);
});
