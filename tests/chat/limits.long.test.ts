import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Problem } from '@parley/contract/problem.ts';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { ask } from '@parley/testkit/clients/ask.ts';
import { wholeLog } from '@parley/testkit/clients/event-log.ts';
import { openStream } from '@parley/testkit/clients/open-stream.ts';
import { SocketReader } from '@parley/testkit/clients/socket-reader.ts';
import { metric } from '@parley/testkit/metric.ts';
import { type Running, start, startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { WebSocket } from 'ws';

type Headers = Record<string, string>;

/** The header in which a proxy names the client's address. */
const from = (address: string): Headers => ({ 'X-Forwarded-For': address });
const of = (token: string): Headers => ({ Authorization: `Bearer ${token}` });

function postMessage(url: string, headers: Headers = {}): Promise<Response> {
  return fetch(`${url}/chat/lobby`, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'ada', message: 'hi' }),
  });
}

async function statuses(count: number, ask: () => Promise<Response>): Promise<number[]> {
  const answers: number[] = [];
  for (let i = 0; i < count; i++) answers.push((await ask()).status);
  return answers;
}

async function assertTooMany(answer: Response): Promise<void> {
  assert.equal(answer.status, 429);
  const seconds = Number(answer.headers.get('retry-after'));
  assert.ok(seconds >= 1 && seconds <= 60, `Retry-After: ${seconds}`);
  assert.equal(((await answer.json()) as Problem).code, 'too-many-requests');
}

test('posts of an address above its limit are refused for the rest of the minute, and none is stored', async () => {
  await using folder = await temporaryFolder();
  await using parley = await start('services/standalone', {
    DATA_DIR: folder.path,
    POSTS_PER_ADDRESS: '3',
  });
  assert.deepEqual(await statuses(3, () => postMessage(parley.url)), [201, 201, 201]);
  await assertTooMany(await postMessage(parley.url));
  // Without a trusted proxy, a forwarded address is ignored.
  await assertTooMany(await postMessage(parley.url, from('203.0.113.1')));
  await assertTooMany(
    await postMessage(parley.url, { ...from('203.0.113.1'), 'X-Parley-Process': 'guessed' }),
  );
  assert.equal((await wholeLog(parley.url, 'lobby')).length, 3);
  assert.equal(await metric(parley.url, 'parley_limit_refusals_total{kind="posts"}'), 3);
});

test('behind a trusted proxy addresses are counted separately, and an IPv6 network of 64 bits as one', async () => {
  await using folder = await temporaryFolder();
  await using parley = await start('services/standalone', {
    DATA_DIR: folder.path,
    POSTS_PER_ADDRESS: '1',
    TRUSTED_PROXIES: 'loopback',
  });
  assert.equal((await postMessage(parley.url, from('203.0.113.1'))).status, 201);
  await assertTooMany(await postMessage(parley.url, from('203.0.113.1')));
  // The client's own claim comes before the address that the proxy saw.
  await assertTooMany(await postMessage(parley.url, from('203.0.113.9, 203.0.113.1')));
  assert.equal((await postMessage(parley.url, from('203.0.113.2'))).status, 201);
  assert.equal((await postMessage(parley.url, from('2001:db8::1'))).status, 201);
  await assertTooMany(await postMessage(parley.url, from('2001:db8::2')));
});

test('posts of an account are counted together from all addresses, separate from other accounts', async () => {
  await using folder = await temporaryFolder();
  await using parley = await start('services/standalone', {
    DATA_DIR: folder.path,
    AUTH: 'required',
    TRUSTED_PROXIES: 'loopback',
    POSTS_PER_ACCOUNT: '2',
  });
  const key = openSigningKey(readFileSync(`${folder.path}/token.key`, 'utf8'));
  const token = (sub: string) => of(key.sign({ sub, publish: ['**'], subscribe: ['**'] }, 600));
  const sayFrom = (address: string, sub: string) =>
    postMessage(parley.url, { ...from(address), ...token(sub) });
  assert.equal((await sayFrom('203.0.113.1', 'one')).status, 201);
  assert.equal((await sayFrom('203.0.113.2', 'one')).status, 201);
  await assertTooMany(await sayFrom('203.0.113.3', 'one'));
  assert.equal((await sayFrom('203.0.113.3', 'two')).status, 201);
});

test('votes, reactions, edits, deletes, closing and tickets count as posts, even if refused', async () => {
  await using folder = await temporaryFolder();
  await using parley = await start('services/standalone', {
    DATA_DIR: folder.path,
    TRUSTED_PROXIES: 'loopback',
    POSTS_PER_ADDRESS: '100',
    POSTS_PER_ACCOUNT: '1',
  });
  const key = openSigningKey(readFileSync(`${folder.path}/token.key`, 'utf8'));
  const rights = { publish: ['**'], subscribe: ['**'], role: 'admin' as const };
  assert.equal((await postMessage(parley.url)).status, 201);
  const changes: [method: string, path: string, body?: object][] = [
    ['PUT', '/chat/lobby/events/1/vote', { value: 1 }],
    ['PUT', '/chat/lobby/events/1/reactions/x'],
    ['DELETE', '/chat/lobby/events/1/reactions/%E2%9D%A4'],
    ['PATCH', '/chat/lobby/events/1', { message: 'else' }],
    ['DELETE', '/chat/lobby/events/7'],
    ['PUT', '/api/chat/lobby/closed'],
    ['DELETE', '/chat/lobby/closed'],
    ['POST', '/tickets'],
  ];
  for (const [method, path, body] of changes) {
    const headers = of(key.sign({ sub: `${method} ${path}`, ...rights }, 600));
    const change = () => ask(method, parley.url + path, headers, body);
    assert.notEqual((await change()).status, 429, `${method} ${path}`);
    const refused = await change();
    assert.deepEqual([refused.status, refused.body?.code], [429, 'too-many-requests']);
    // Posts and changes share one count.
    await assertTooMany(await postMessage(parley.url, headers));
  }
  assert.equal((await postMessage(parley.url)).status, 201);
});

test('changes of guests and unknown clients count for their address', async () => {
  await using folder = await temporaryFolder();
  await using parley = await start('services/standalone', {
    DATA_DIR: folder.path,
    POSTS_PER_ADDRESS: '2',
  });
  const vote = () => ask('PUT', `${parley.url}/chat/lobby/events/1/vote`, {}, { value: 1 });
  const answers = [(await vote()).status, (await vote()).status, (await vote()).status];
  assert.deepEqual(answers, [401, 401, 429]);
  await assertTooMany(await postMessage(parley.url));
});

async function talk(url: string, address: string): Promise<string[]> {
  using socket = new SocketReader(url, 'lobby', '', from(address));
  await socket.receivedFrame('hello');
  for (let i = 0; i < 3; i++) socket.send({ type: 'message', username: 'ada', message: 'hi' });
  const answers = () =>
    socket.others.filter(({ type }) => type === 'ack' || type === 'error').map(whatOf);
  await until('all messages were answered', () => answers().length === 3);
  return answers();
}

function whatOf({ type, code }: { type: string; code?: unknown }): string {
  return type === 'ack' ? 'ack' : String(code);
}

/** Posts over a WebSocket count for its client's address. */
async function assertTalkIsCounted(broadcast: Running, chat: Running): Promise<void> {
  const limited = ['ack', 'ack', 'too-many-requests'];
  assert.deepEqual(await talk(broadcast.url, '203.0.113.1'), limited);
  assert.deepEqual(await talk(broadcast.url, '203.0.113.2'), limited);
  await assertTooMany(await postMessage(chat.url, from('203.0.113.1')));
  assert.equal((await postMessage(chat.url, from('203.0.113.3'))).status, 201);
}

test("posts over a WebSocket count for its client's address: in one process", async () => {
  await using folder = await temporaryFolder();
  await using parley = await start('services/standalone', {
    DATA_DIR: folder.path,
    TRUSTED_PROXIES: '127.0.0.1',
    POSTS_PER_ADDRESS: '2',
  });
  await assertTalkIsCounted(parley, parley);
});

test("without a trusted proxy posts over a WebSocket count for its socket's address, not for this process", {
  skip: process.platform !== 'linux',
}, async () => {
  await using folder = await temporaryFolder();
  await using parley = await startBare('services/standalone', {
    DATA_DIR: folder.path,
    POSTS_PER_ADDRESS: '2',
  });
  const socket = new WebSocket(`${parley.url.replace('http', 'ws')}/broadcast/lobby/ws`, {
    headers: from('203.0.113.1'),
    localAddress: '127.0.0.2',
  });
  const answers: string[] = [];
  socket.on('message', (data) => answers.push(whatOf(JSON.parse(String(data)))));
  await once(socket, 'open');
  const frame = JSON.stringify({ type: 'message', username: 'ada', message: 'hi' });
  for (let i = 0; i < 3; i++) socket.send(frame);
  await until('the third is refused', () => answers.includes('too-many-requests'));
  assert.equal(answers.filter((answer) => answer === 'ack').length, 2);
  socket.terminate();
  assert.equal((await postMessage(parley.url)).status, 201);
});

test("posts over a WebSocket count for its client's address: in several processes", async () => {
  await using folder = await temporaryFolder();
  await using broker = await start('broker', {});
  const env = { MQTT_URL: broker.ready.mqtt ?? '', TRUSTED_PROXIES: 'loopback' };
  await using chat = await start('services/chat', {
    ...env,
    STORE_URL: `sqlite:${folder.path}/parley.db`,
    POSTS_PER_ADDRESS: '2',
  });
  await using broadcast = await start('services/broadcast', {
    ...env,
    CHAT_URL: chat.url,
    CANARY_SECONDS: '0',
  });
  await assertTalkIsCounted(broadcast, chat);
});

test('streams above the limit of an address are refused, over SSE and WebSocket, until one has ended', async () => {
  await using folder = await temporaryFolder();
  await using parley = await start('services/standalone', {
    DATA_DIR: folder.path,
    TRUSTED_PROXIES: 'loopback',
    STREAMS_PER_ADDRESS: '2',
  });
  const open = (address: string, signal?: AbortSignal) =>
    openStream(`${parley.url}/broadcast/lobby`, {
      headers: from(address),
      ...(signal && { signal }),
    });
  const leave = new AbortController();
  assert.equal((await open('203.0.113.1', leave.signal)).status, 200);
  using socket = new SocketReader(parley.url, 'lobby', '', from('203.0.113.1'));
  await socket.receivedFrame('hello');
  await assertTooMany(await open('203.0.113.1'));
  using refused = new SocketReader(parley.url, 'lobby', '', from('203.0.113.1'));
  await refused.closed;
  assert.deepEqual(refused.others, []);
  assert.equal((await open('203.0.113.2')).status, 200);
  assert.equal(await metric(parley.url, 'parley_limit_refusals_total{kind="streams"}'), 2);
  leave.abort();
  await until('there is space', async () => (await open('203.0.113.1')).status === 200);
  await assertTooMany(await open('203.0.113.1'));
});

test('streams of an account are counted together from all addresses', async () => {
  await using folder = await temporaryFolder();
  await using parley = await start('services/standalone', {
    DATA_DIR: folder.path,
    AUTH: 'required',
    TRUSTED_PROXIES: 'loopback',
    STREAMS_PER_ACCOUNT: '1',
  });
  const key = openSigningKey(readFileSync(`${folder.path}/token.key`, 'utf8'));
  const open = (address: string, sub: string) =>
    openStream(`${parley.url}/broadcast/lobby`, {
      headers: { ...from(address), ...of(key.sign({ sub, publish: [], subscribe: ['**'] }, 600)) },
    });
  assert.equal((await open('203.0.113.1', 'one')).status, 200);
  await assertTooMany(await open('203.0.113.2', 'one'));
  assert.equal((await open('203.0.113.2', 'two')).status, 200);
});
