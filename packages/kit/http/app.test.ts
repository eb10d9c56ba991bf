import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { after, before, test } from 'node:test';
import { ChatError, type Problem } from '@parley/contract/problem.ts';
import { until } from '@parley/testkit/until.ts';
import { json, Router } from 'express';
import { pino } from 'pino';
import { Metrics } from '../metrics.ts';
import { methodsAllowed, openApp } from './app.ts';
import { type HttpServer, startHttpServer } from './server/http-server.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let http: HttpServer;
const lines: string[] = [];
const metrics = new Metrics();

before(async () => {
  const router = Router();
  router.get('/ok', (_request, response) => void response.send('ok'));
  router.get('/fault', async () => {
    throw new Error('the password is hunter2');
  });
  router.get('/away', () => {
    throw new ChatError('store-unavailable', 'Send it again.', { cause: new Error('disk full') });
  });
  router.get('/half', (_request, response) => {
    response.write('half an ans');
    throw new Error('too late');
  });
  router.post('/json', json(), (request, response) => void response.json(request.body));
  router.get(['/room/:name', '/alias/:name'], (_request, response) => void response.send('in'));
  router.route('/one-way').get(methodsAllowed('GET')).all(methodsAllowed('GET', 'HEAD'));
  const sink = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line));
      done();
    },
  });
  http = await startHttpServer({ host: '127.0.0.1', port: 0, serverName: 'test' });
  http.serve(openApp({ routers: [router], serverName: 'chat-1', log: pino(sink), metrics }));
});
after(() => http[Symbol.asyncDispose]());

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${http.url}${path}`, { headers });

const problem = (answer: Response) => answer.json() as Promise<Problem>;

test('every answer names the server that gave it, errors too', async () => {
  for (const path of ['/ok', '/fault', '/nowhere']) {
    const answer = await get(path);
    assert.equal(answer.headers.get('x-served-by'), 'chat-1');
    assert.equal(answer.headers.get('x-powered-by'), null);
  }
});

test('no answer can load or run anything in a browser, errors neither', async () => {
  for (const path of ['/ok', '/fault', '/nowhere']) {
    const { headers } = await get(path);
    assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none';/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
  }
});

test('only pages of the allowed origins can read the answers', async () => {
  const router = Router();
  router.get('/ok', (_request, response) => void response.send('ok'));
  await using other = await startHttpServer({ host: '127.0.0.1', port: 0, serverName: 'test' });
  const corsOrigins = 'https://a.example,https://b.example';
  other.serve(
    openApp({
      routers: [router],
      serverName: 'x',
      corsOrigins,
      log: pino({ level: 'silent' }),
      metrics: new Metrics(),
    }),
  );
  const allowedFor = async (origin: string, path: string, method = 'GET') => {
    const answer = await fetch(`${other.url}${path}`, { method, headers: { Origin: origin } });
    await answer.text();
    return answer.headers.get('access-control-allow-origin');
  };
  assert.equal(await allowedFor('https://b.example', '/ok'), 'https://b.example');
  assert.equal(await allowedFor('https://a.example', '/nowhere'), 'https://a.example');
  assert.equal(await allowedFor('https://a.example', '/ok', 'OPTIONS'), 'https://a.example');
  assert.equal(await allowedFor('https://c.example', '/ok'), null);
  assert.equal((await get('/ok', { Origin: 'https://a.example' })).headers.get('vary'), null);
});

test('a request keeps the id that it came with', async () => {
  const answer = await get('/ok', { 'X-Request-Id': 'nginx-1:a.b_c' });
  assert.equal(answer.headers.get('x-request-id'), 'nginx-1:a.b_c');
});

for (const [what, id] of Object.entries({
  'a space': 'a b',
  markup: '<script>',
  'too many characters': 'a'.repeat(129),
  nothing: '',
})) {
  test(`an id of ${what} is replaced by one of our own`, async () => {
    const answer = await get('/ok', { 'X-Request-Id': id });
    assert.match(answer.headers.get('x-request-id') ?? '', UUID);
  });
}

test('requests without an id get one each', async () => {
  const [a, b] = [await get('/ok'), await get('/ok')].map((x) => x.headers.get('x-request-id'));
  assert.match(a ?? '', UUID);
  assert.notEqual(a, b);
});

test('a fault of ours shows the client only an id; the log has the whole error under that id', async () => {
  const answer = await get('/fault', { 'X-Request-Id': 'find-me' });
  assert.equal(answer.status, 500);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  const body = await answer.text();
  const { code, instance } = JSON.parse(body);
  assert.deepEqual({ code, instance }, { code: 'internal-error', instance: 'find-me' });
  assert.doesNotMatch(body, /hunter2|password/);
  const logged = JSON.parse(lines.find((line) => line.includes('find-me')) ?? '{}');
  assert.equal(logged.requestId, 'find-me');
  assert.equal(logged.err.message, 'the password is hunter2');
  assert.match(logged.err.stack, /app\.test\.ts/);
});

test('an unavailable dependency is 503 with Retry-After; only the log has the cause', async () => {
  const answer = await get('/away', { 'X-Request-Id': 'away' });
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('retry-after'), '1');
  assert.doesNotMatch(await answer.text(), /disk full/);
  assert.match(lines.find((line) => line.includes('"away"')) ?? '', /disk full/);
});

test('an error of the caller is explained to the caller and not logged', async () => {
  const answer = await get('/nowhere?token=1', { 'X-Request-Id': 'lost' });
  assert.equal(answer.status, 404);
  assert.equal((await problem(answer)).detail, 'There is nothing at /nowhere.');
  const hook = await fetch(`${http.url}/hooks/in/ci/secret`, { method: 'POST' });
  assert.equal((await problem(hook)).detail, 'There is nothing at /hooks/in/ci/….');
  assert.ok(!lines.some((line) => line.includes('lost')));
});

test('a body that cannot be read is 400', async () => {
  const init = { method: 'POST', body: '{', headers: { 'Content-Type': 'application/json' } };
  const answer = await fetch(`${http.url}/json`, init);
  assert.equal(answer.status, 400);
  assert.equal((await problem(answer)).code, 'malformed-request');
});

test('an answer that fails half way is cut off, so that the client sees that it is not complete', async () => {
  await assert.rejects(async () => (await get('/half')).text());
});

test('a method that a path does not have is 405 with the methods that it has', async () => {
  const answer = await fetch(`${http.url}/one-way`, { method: 'DELETE' });
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.get('allow'), 'GET, HEAD');
  assert.equal((await problem(answer)).code, 'method-not-allowed');
});

test('answers are timed by route and status; unknown paths and methods add no series', async () => {
  metrics.registry.resetMetrics();
  for (const path of ['/room/a', '/alias/b', '/room/c?d=e', '/made/up', '/away']) {
    await (await get(path)).text();
  }
  await (await fetch(`${http.url}/ok`, { method: 'PURGE' })).text();
  const counts = (await metrics.registry.metrics()).matchAll(
    /^parley_http_request_seconds_count\{(.*)\} (\d+)$/gm,
  );
  assert.deepEqual(
    [...counts].map(([, labels, count]) => `${labels} ${count}`),
    [
      'method="GET",route="/room/:name",status="200" 3',
      'method="GET",route="other",status="404" 1',
      'method="GET",route="/away",status="503" 1',
      'method="other",route="other",status="404" 1',
    ],
  );
});

for (const [trustedProxies, address] of [
  ['', '127.0.0.1'],
  ['10.0.0.0/8', '127.0.0.1'],
  ['10.0.0.0/8, loopback', '203.0.113.9'],
] as const) {
  test(`with TRUSTED_PROXIES "${trustedProxies}" a request of a local proxy is logged with the address ${address}`, async () => {
    const written: string[] = [];
    const sink = new Writable({
      write(line, _encoding, done) {
        written.push(String(line));
        done();
      },
    });
    await using other = await startHttpServer({ host: '127.0.0.1', port: 0, serverName: 'test' });
    const log = pino({ level: 'debug' }, sink);
    other.serve(
      openApp({ routers: [], serverName: 'test', trustedProxies, log, metrics: new Metrics() }),
    );
    const headers = { 'X-Forwarded-For': '203.0.113.9', 'X-Request-Id': 'who' };
    await (await fetch(other.url, { headers })).text();
    await until('the request is logged', () => written.some((line) => line.includes('"path"')));
    const logged = JSON.parse(written.find((line) => line.includes('"path"')) ?? '{}');
    assert.deepEqual([logged.requestId, logged.address], ['who', address]);
  });
}
