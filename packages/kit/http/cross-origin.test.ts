import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { test } from 'node:test';
import { Router } from 'express';
import { pino } from 'pino';
import { Metrics } from '../metrics.ts';
import { methodsAllowed, openApp } from './app.ts';
import { startHttpServer } from './server/http-server.ts';

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  code?: string;
  detail?: string;
}

/** A server whose routes count their requests. */
async function serve(corsOrigins: string) {
  const router = Router();
  let reached = 0;
  router
    .route('/thing')
    .get((_request, response) => void response.send('read'))
    .all((_request, _response, next) => {
      reached++;
      next();
    })
    .post((_request, response) => void response.status(201).json({}))
    .delete((_request, response) => void response.status(204).end())
    .all(methodsAllowed('GET', 'HEAD', 'POST', 'DELETE'));
  const config = { host: '127.0.0.1', port: 0, serverName: 'x', corsOrigins, allowedHosts: '*' };
  const http = await startHttpServer(config);
  const log = pino({ level: 'silent' });
  http.serve(openApp({ ...config, routers: [router], log, metrics: new Metrics() }));
  const ask = (method: string, headers: Record<string, string>) =>
    new Promise<Answer>((resolve, reject) => {
      httpRequest(`${http.url}/thing`, { method, headers }, async (response) => {
        const text = (await response.setEncoding('utf8').toArray()).join('');
        const isProblem = response.headers['content-type']?.includes('problem+json');
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, ...(isProblem && JSON.parse(text)) });
      })
        .on('error', reject)
        .end();
    });
  return { ask, reached: () => reached, [Symbol.asyncDispose]: () => http[Symbol.asyncDispose]() };
}

const PREFLIGHT = { 'Access-Control-Request-Method': 'POST' };

test('a page of another host can change nothing, with any Origin header', async () => {
  await using server = await serve('https://a.example');
  for (const headers of [
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { Origin: '' },
    { Origin: 'file://' },
    { Origin: 'http://my.host.evil.example' },
    { Origin: 'http://my.host:81' },
    { Origin: 'https://a.example.evil.example' },
    { Origin: 'http://a.example' },
    { Origin: '*' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { Origin: 'http://my.host', 'Sec-Fetch-Site': 'cross-site' },
  ] as Record<string, string>[]) {
    for (const method of ['POST', 'DELETE', 'PUT']) {
      const { status, code, detail } = await server.ask(method, { Host: 'my.host', ...headers });
      assert.deepEqual([status, code], [403, 'origin-refused'], JSON.stringify(headers));
      assert.match(detail ?? '', /CORS_ORIGINS/);
    }
  }
  assert.equal(server.reached(), 0);
});

test('own pages, pages of CORS_ORIGINS and programs can send changes', async () => {
  await using server = await serve('https://a.example, http://b.example:81');
  for (const headers of [
    {},
    { Origin: 'http://my.host' },
    { Origin: 'https://my.host', 'Sec-Fetch-Site': 'same-origin' },
    { Origin: 'https://my.host', Host: 'my.host:443' },
    { Origin: 'http://my.host:8080', Host: 'MY.host:8080' },
    { Origin: 'https://a.example', 'Sec-Fetch-Site': 'cross-site' },
    { Origin: 'http://b.example:81' },
  ] as Record<string, string>[]) {
    const { status } = await server.ask('POST', { Host: 'my.host', ...headers });
    assert.equal(status, 201, JSON.stringify(headers));
  }
});

test('with * every page can send changes', async () => {
  await using server = await serve('*');
  for (const Origin of ['https://evil.example', 'null']) {
    const headers = { Origin, 'Sec-Fetch-Site': 'cross-site' };
    assert.equal((await server.ask('POST', headers)).status, 201);
  }
});

test('a browser may send cookies for pages of the listed origins, never for *', async () => {
  for (const [origins, origin, allowOrigin, credentials] of [
    ['https://a.example', 'https://a.example', 'https://a.example', 'true'],
    ['https://a.example', 'https://c.example', undefined, undefined],
    ['*', 'https://a.example', '*', undefined],
    ['*, https://a.example', 'https://a.example', 'https://a.example', 'true'],
    ['*, https://a.example', 'https://c.example', '*', undefined],
    ['', 'https://a.example', undefined, undefined],
  ] as const) {
    await using server = await serve(origins);
    for (const [method, more] of [
      ['GET', {}],
      ['POST', {}],
      ['OPTIONS', PREFLIGHT],
    ] as const) {
      const { headers } = await server.ask(method, { Origin: origin, ...more });
      const at = `${origins}: ${method} of ${origin}`;
      assert.equal(headers['access-control-allow-origin'], allowOrigin, at);
      assert.equal(headers['access-control-allow-credentials'], credentials, at);
      if (origins !== '') assert.match(String(headers.vary), /Origin/, at);
    }
  }
});

test('a refused preflight names the setting that would allow the page', async () => {
  for (const origins of ['', 'https://a.example']) {
    await using server = await serve(origins);
    const headers = { Origin: 'https://c.example', ...PREFLIGHT };
    const { status, code, detail } = await server.ask('OPTIONS', headers);
    assert.deepEqual([status, code], [403, 'origin-refused']);
    assert.match(detail ?? '', /name the origin in CORS_ORIGINS/);
  }
});
