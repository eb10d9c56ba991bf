import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { Router } from 'express';
import { openLog } from '../log/log.ts';
import { Metrics } from '../metrics.ts';
import { openApp } from './app.ts';
import type { HotRoute } from './hot-route.ts';
import { sendJson } from './send-json.ts';
import { type HttpServer, startHttpServer } from './server/http-server.ts';

const ORIGIN = 'https://friend.example';
const metrics = new Metrics();
let http: HttpServer;

const answer: HotRoute['answer'] = async (request, response, address) => {
  if (address.parameter === 'fault') throw new Error('secret');
  sendJson(response, 201, { ...address, body: await text(request) });
};

before(async () => {
  const router = Router();
  router.post('/express/:name', (request, response) =>
    answer(request, response, { parameter: request.params.name, query: request.query }),
  );
  http = await startHttpServer({ host: '127.0.0.1', port: 0, serverName: 'test' });
  http.serve(
    openApp({
      routers: [router],
      hotRoutes: [{ method: 'POST', path: /^\/hot\/([^/]+)\/?$/, pattern: '/hot/:name', answer }],
      serverName: 'test',
      corsOrigins: ORIGIN,
      log: await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test'),
      metrics,
    }),
  );
});
after(() => http[Symbol.asyncDispose]());

async function post(path: string, headers: Record<string, string>) {
  const response = await fetch(http.url + path, { method: 'POST', headers, body: 'hi' });
  const { status } = response;
  const { date: _, ...names } = Object.fromEntries(response.headers);
  return { status, headers: names, body: await response.text() };
}

const REQUESTS: [tail: string, headers?: Record<string, string>][] = [
  ['a'],
  ['a/'],
  ['a%20b?x=1&x=2&y=%C3%A9'],
  ['a?x=%FF'],
  ['%FF'],
  ['a', { Origin: ORIGIN }],
  ['a', { Origin: 'https://elsewhere.example' }],
  ['fault'],
];

for (const [tail, headers = {}] of REQUESTS) {
  test(`a hot route answers as Express does: ${tail} ${Object.values(headers)}`, async () => {
    const sent = { 'X-Request-Id': 'one', ...headers };
    const hot = await post(`/hot/${tail}`, sent);
    assert.deepEqual(hot, await post(`/express/${tail}`, sent));
    assert.equal(hot.headers['x-served-by'], 'test');
  });
}

test('requests of a hot route are timed under its pattern', async () => {
  await post('/hot/timed', {});
  assert.match(
    await metrics.registry.metrics(),
    /parley_http_request_seconds_count\{.*route="\/hot\/:name"/,
  );
});

test('other methods and paths are not those of the hot route', async () => {
  for (const [method, path] of [
    ['GET', '/hot/a'],
    ['POST', '/hot/a/b'],
    ['POST', '/hot/'],
  ] as const) {
    assert.equal((await fetch(http.url + path, { method })).status, 404, `${method} ${path}`);
  }
});
