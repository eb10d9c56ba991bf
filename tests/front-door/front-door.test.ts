import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, get, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { getAsWritten } from '@parley/testkit/clients/get-as-written.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { upgrade } from '@parley/testkit/clients/socket-reader.ts';
import { type FrontDoor, startFrontDoor } from '@parley/testkit/processes/front-door.ts';
import { type Running, start } from '@parley/testkit/processes/running.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { newAdministrator } from '../accounts/administrator.ts';

const stack = new AsyncDisposableStack();
const options = needs('nginx');
/** The folder of the built page, which npm test builds. */
const PAGE = new URL('../../client-demo/dist/', import.meta.url);
let data: string;
let parley: Running;
let door: FrontDoor;
/** The path of the page's script. */
let asset: string;

before(async () => {
  if (options.skip) return;
  const folder = stack.use(await temporaryFolder());
  const page = await readFile(new URL('index.html', PAGE), 'utf8');
  asset = /\/assets\/[\w-]+\.js/.exec(page)?.[0] ?? '';
  data = folder.path;
  parley = stack.use(await start('services/standalone', { DATA_DIR: data }));
  const to = new URL(parley.url).host;
  const edits = [{ file: 'site/upstreams.conf', from: 'hooks:8085', to }];
  door = stack.use(await startFrontDoor({ chat: parley.url, edits }));
});
after(() => stack.disposeAsync());

async function json(answer: { text(): Promise<string> }): Promise<Record<string, unknown>> {
  return JSON.parse(await answer.text());
}

test('plain HTTP only redirects, and keeps path, query and method', options, async () => {
  const init = { method: 'POST', redirect: 'manual' } as const;
  const answer = await fetch(`${door.plainUrl}/chat/lobby?a=b%20c`, init);
  assert.equal(answer.status, 308);
  const { port } = new URL(door.url);
  assert.equal(answer.headers.get('location'), `https://127.0.0.1:${port}/chat/lobby?a=b%20c`);
  assert.equal(await (await fetch(`${door.plainUrl}/healthz`)).text(), 'ok\n');
});

test(
  'plain HTTP serves the challenges of a certificate authority, and nothing beside them',
  options,
  async () => {
    const path = '.well-known/acme-challenge';
    await mkdir(join(door.challenges, path), { recursive: true });
    await writeFile(join(door.challenges, path, 'token'), 'token.thumbprint');
    await writeFile(join(door.challenges, 'other'), 'not for others');
    const ask = async (to: string) => {
      const { hostname: host, port } = new URL(door.plainUrl);
      const asked = get({ host, port, path: `/${path}/${to}` });
      const [answer]: IncomingMessage[] = await once(asked, 'response');
      return { status: answer?.statusCode, body: answer && (await text(answer)) };
    };
    assert.deepEqual(await ask('token'), { status: 200, body: 'token.thumbprint' });
    assert.equal((await ask('unknown')).status, 404);
    for (const outside of ['../../other', '%2e%2e/%2e%2e/other'])
      assert.equal((await ask(outside)).status, 308, outside);
  },
);

test('browsers get HTTP/2 and the order to stay with HTTPS, also in errors', options, async () => {
  const session = connectHttp2(door.url, { ca: door.ca });
  const stream = session.request({ ':path': '/nowhere/at/all' });
  const headers = await new Promise<Record<string, unknown>>((resolve) =>
    stream.once('response', resolve),
  );
  assert.equal(session.alpnProtocol, 'h2');
  assert.equal(headers[':status'], 404);
  assert.equal(headers['strict-transport-security'], 'max-age=31536000');
  session.destroy();
  assert.ok((await fetch(`${door.url}/chat`)).headers.get('strict-transport-security'));
});

test('a WebSocket passes, but only for pages of this address', options, async () => {
  const statusOf = async (Origin: string) =>
    (await upgrade(door.url, '/broadcast/lobby/ws', { Origin })).status;
  assert.equal(await statusOf(door.url), 101);
  assert.equal(await statusOf('https://localhost'), 403);
  assert.equal(await statusOf('https://elsewhere.example'), 403);
});

test(
  'a keyed post over HTTP/2 arrives whole, and its repeat gets the first answer',
  options,
  async () => {
    const session = connectHttp2(door.url, { ca: door.ca });
    const message = 'm'.repeat(4_000);
    const send = async () => {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/chat/http-2',
        'content-type': 'application/json',
        'idempotency-key': 'one',
      });
      stream.end(JSON.stringify({ username: 'ada', message }));
      const [headers] = await once(stream, 'response');
      return { status: headers[':status'], receipt: JSON.parse(await text(stream)) };
    };
    const [first, second] = [await send(), await send()];
    session.destroy();
    assert.deepEqual([first.status, second.status], [201, 200]);
    assert.equal(first.receipt.message, message);
    assert.deepEqual(second.receipt, first.receipt);
  },
);

test('all answers but streams are compressed', options, async () => {
  await post(door.url, 'long', 'long '.repeat(500));
  for (const path of ['/chat/long', '/chat/long/events', asset]) {
    const answer = await getAsWritten(door, path, { 'Accept-Encoding': 'gzip' });
    answer.resume();
    assert.equal(answer.headers['content-encoding'], 'gzip', path);
    assert.match(answer.headers.vary ?? '', /Accept-Encoding/, path);
  }
});

for (const path of [
  '/metrics',
  '/metrics/',
  '/METRICS',
  '/%6detrics',
  '//metrics',
  '/chat/../metrics',
  '/chat/%2e%2e/metrics',
  '/chat/..%2fmetrics',
  '/./metrics?x=1',
  '/metrics%2f',
  '/healthz',
  '/readyz',
  '/readyz/x',
  '/tickets/redeem',
  '/tickets/redeem/',
  '/Tickets//redeem',
  '/broadcast',
  '/broadcast/a/b/c',
  '/assets/../../secret',
  '/.env',
  '/.git/config',
  '/some/where/else',
]) {
  test(`${path} is closed`, options, async () => {
    const answer = await getAsWritten(door, path);
    const body = await text(answer);
    assert.ok(answer.statusCode === 404 || answer.statusCode === 400, `${answer.statusCode}`);
    assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/);
    assert.doesNotMatch(body, /parley_|"checks"|"ok"|nginx|redeem/);
  });
}

test('a refusal by nginx is a problem document like any other', options, async () => {
  const answer = await fetch(`${door.url}/no/such/place`, { headers: { 'X-Request-Id': 'lost' } });
  assert.deepEqual(await json(answer), {
    type: 'about:blank',
    title: 'not found',
    code: 'not-found',
    detail: 'There is nothing here.',
    status: 404,
    instance: 'lost',
  });
  const large = { method: 'POST', body: 'x'.repeat(300_000) };
  const refused = await fetch(`${door.url}/chat/lobby`, large);
  assert.equal(refused.status, 413);
  assert.equal((await json(refused)).code, 'body-too-large');
  const longAddress = await getAsWritten(door, `/chat/lobby?x=${'y'.repeat(20_000)}`);
  const longHeader = await getAsWritten(door, '/chat/lobby', { 'X-Long': 'y'.repeat(20_000) });
  assert.deepEqual([longAddress.statusCode, longHeader.statusCode], [414, 431]);
  for (const answer of [longAddress, longHeader]) {
    assert.equal(JSON.parse(await text(answer)).code, 'headers-too-large');
  }
});

test('a batch of 4 MB passes, and no other large body', options, async () => {
  const line = '{"channel":"batches","username":"ada","message":"hi"}\n';
  const body = `${line}{${' '.repeat(4 * 1_048_576 - line.length - 2)}}`;
  const headers = { 'Content-Type': 'application/x-ndjson' };
  const statusOf = async (path: string, sent: string) => {
    const answer = await fetch(door.url + path, { method: 'POST', headers, body: sent });
    return [answer.status, (await answer.text()).split('\n')[0]?.includes('"status":201')];
  };
  for (const path of ['/chat', '/api/chat'])
    assert.deepEqual(await statusOf(path, body), [200, true], path);
  for (const path of ['/chat/lobby', '/api/chat/lobby', '/users', '/'])
    assert.deepEqual(await statusOf(path, body.slice(0, 300_000)), [413, false], path);
});

test('a delivery of 1 MB reaches its hook, and no larger one', options, async () => {
  const { browser } = await newAdministrator(parley.url, data);
  const made = await browser.send('PUT', '/hooks/in/large', { channel: 'hook' });
  const statusOf = async (path: string, bytes: number) => {
    const answer = await fetch(door.url + path, { method: 'POST', body: 'x'.repeat(bytes) });
    return [answer.status, (await json(answer)).code];
  };
  const path = String(made.body.path);
  assert.deepEqual(await statusOf(path, 1_048_576), [200, undefined]);
  assert.deepEqual(await statusOf(path, 1_048_577), [413, 'body-too-large']);
  assert.deepEqual(await statusOf('/hooks/in/large', 300_000), [413, 'body-too-large']);
  assert.deepEqual(await statusOf('/hooks/in/large/wrong', 300_000), [404, 'not-found']);
});

for (const channel of ['комната', 'über.straße', '部屋', 'a_b-c.9']) {
  test(`a channel called ${channel} passes unchanged`, options, async () => {
    const receipt = await post(door.url, channel, 'here');
    assert.equal(receipt.channel, channel);
    const path = encodeURIComponent(channel);
    assert.match(await (await fetch(`${door.url}/chat/${path}`)).text(), /ada: here\n$/);
    assert.match(await (await fetch(`${door.url}/${path}`)).text(), /<title>Parley/);
    using reader = new EventReader(door.url, channel, '?last=1');
    await reader.received(1);
  });
}

test('the API under its other name, the contract and the icon are served', options, async () => {
  const body = new URLSearchParams({ username: 'ada', msg: 'hi' });
  assert.equal((await fetch(`${door.url}/api/chat/lobby`, { method: 'POST', body })).status, 201);
  for (const path of ['/chat', '/api/chat', '/openapi.yaml']) {
    assert.equal((await fetch(door.url + path)).status, 200, path);
  }
});

test('the page is revalidated each time, its hashed files never', options, async () => {
  const page = await fetch(`${door.url}/lobby`);
  assert.equal(page.headers.get('cache-control'), 'no-cache');
  const script = await fetch(door.url + asset);
  assert.equal(script.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.equal(await script.text(), await readFile(new URL(asset.slice(1), PAGE), 'utf8'));
});

test('a request keeps a plausible id, and any other id is replaced', options, async () => {
  const idOf = async (id: string) =>
    (await fetch(`${door.url}/chat`, { headers: { 'X-Request-Id': id } })).headers.get(
      'x-request-id',
    );
  assert.equal(await idOf('mine:1.a'), 'mine:1.a');
  const other = await idOf('"} forged {"');
  assert.match(other ?? '', /^[0-9a-f]{32}$/);
  await until('both are logged', async () => {
    const ids = (await door.logged()).map(({ requestId }) => requestId);
    return ids.includes('mine:1.a') && ids.includes(other ?? '');
  });
});

test(
  "a service gets the client's real address and the request's id, not those that the client claims",
  options,
  async () => {
    const asked = Promise.withResolvers<IncomingHttpHeaders>();
    const service = createServer(({ headers }, response) => {
      asked.resolve(headers);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(service, 'listening');
    const { port } = service.address() as { port: number };
    await using front = await startFrontDoor({ chat: `http://127.0.0.1:${port}` });
    const claims = { 'X-Forwarded-For': '6.6.6.6', Forwarded: 'for=6.6.6.6' };
    await until('the request passed', async () => (await fetch(front.url, { headers: claims })).ok);
    const headers = await asked.promise;
    assert.equal(headers['x-forwarded-for'], '127.0.0.1');
    assert.equal(headers['x-forwarded-proto'], 'https');
    assert.match(String(headers['x-request-id']), /^[0-9a-f]{32}$/);
    assert.equal(headers.forwarded, undefined);
    service.close();
  },
);

/** Enough requests at once to exceed nginx's rate on a slow machine, too. */
const POSTS = 20;

test(
  'no log ever contains a query, a token or a cookie, not even after errors',
  options,
  async () => {
    await using away = await startFrontDoor({
      chat: 'http://127.0.0.1:1',
      broadcast: { addresses: [], port: 1 },
      edits: [{ file: 'to-chat.conf', from: 'burst=200', to: 'burst=1' }],
    });
    const headers = {
      Authorization: 'Bearer SECRET',
      Cookie: 'session=SECRET',
      Referer: `${away.url}/?token=SECRET`,
      'Idempotency-Key': 'SECRET',
    };
    const statuses = new Set<number>();
    for (const path of [
      '/broadcast/x?ticket=SECRET',
      '/chat/x?token=SECRET',
      '/no/?token=SECRET',
      '/hooks/in/x/SECRET',
      '//hooks%2fin/x/SECRET/y',
    ]) {
      const ask = async (method: string) =>
        statuses.add((await fetch(away.url + path, { method, headers })).status);
      await ask('GET');
      await Promise.all(Array(POSTS).fill('POST').map(ask));
    }
    assert.deepEqual([...statuses].sort(), [404, 429, 502]);
    await until('all are logged', async () => (await away.logged()).length === 5 * (1 + POSTS));
    assert.doesNotMatch(await away.written(), /SECRET/);
    const [first] = await away.logged();
    assert.deepEqual([first?.method, first?.path], ['GET', '/broadcast/x']);
  },
);

test('too many posts or streams of one address get 429; others go on', options, async () => {
  await using strict = await startFrontDoor({
    chat: parley.url,
    edits: [
      { file: 'to-chat.conf', from: 'burst=200', to: 'burst=5' },
      { file: 'limits.conf', from: 'rate=100r/s', to: 'rate=1r/m' },
      { file: 'stream.conf', from: 'limit_conn streams 500', to: 'limit_conn streams 2' },
    ],
  });
  const send = () =>
    fetch(`${strict.url}/chat/limited`, {
      method: 'POST',
      body: new URLSearchParams({ username: 'ada', message: 'hi' }),
    });
  const answers = await Promise.all(Array.from({ length: 8 }, send));
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [...Array(6).fill(201), 429, 429]);
  const refused = answers.find(({ status }) => status === 429);
  assert.equal(refused?.headers.get('retry-after'), '1');
  assert.equal(refused && (await json(refused)).code, 'too-many-requests');
  assert.equal((await fetch(`${strict.url}/chat/limited`)).status, 200);

  using first = new EventReader(strict.url, 'limited');
  using second = new EventReader(strict.url, 'limited');
  await Promise.all([first.greeted(), second.greeted()]);
  assert.equal((await fetch(`${strict.url}/broadcast/limited`)).status, 429);
});

test('other changes count like posts', options, async () => {
  await using strict = await startFrontDoor({
    chat: parley.url,
    edits: [
      { file: 'to-chat.conf', from: 'burst=200', to: 'burst=1' },
      { file: 'limits.conf', from: 'rate=100r/s', to: 'rate=1r/m' },
    ],
  });
  const statuses: number[] = [];
  for (const method of ['PUT', 'PATCH', 'DELETE', 'PUT', 'PATCH', 'GET']) {
    statuses.push((await fetch(`${strict.url}/chat/limited`, { method })).status);
  }
  assert.deepEqual(statuses, [405, 405, 429, 429, 429, 200]);
});
