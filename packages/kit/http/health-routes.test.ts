import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { Metrics } from '../metrics.ts';
import { openApp } from './app.ts';
import { type Check, healthRoutes } from './health-routes.ts';
import { startHttpServer } from './server/http-server.ts';

async function serve(t: TestContext, checks: Record<string, Check>, metrics = new Metrics()) {
  const http = await startHttpServer({ host: '127.0.0.1', port: 0, serverName: 'test' });
  t.after(() => http[Symbol.asyncDispose]());
  const log = pino({ level: 'silent' });
  http.serve(
    openApp({
      routers: [healthRoutes({ checks, metrics, log })],
      serverName: 'test',
      log,
      metrics,
    }),
  );
  return http.url;
}

const works: Check = async () => 'anything';
const fails: Check = async () => {
  throw new Error('postgres://user:secret@host is away');
};
const hangs: Check = () => new Promise(() => undefined);

test('a service whose dependencies all work is ready', async (t) => {
  const answer = await fetch(`${await serve(t, { store: works, bus: works })}/readyz`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.deepEqual(await answer.json(), { status: 'ok', checks: { store: 'ok', bus: 'ok' } });
});

test('a dependency that fails is named with 503, without the reason', async (t) => {
  const answer = await fetch(`${await serve(t, { store: works, bus: fails })}/readyz`);
  assert.equal(answer.status, 503);
  assert.deepEqual(await answer.json(), {
    status: 'unavailable',
    checks: { store: 'ok', bus: 'failed' },
  });
});

test('a dependency that hangs is given up after 2 s; all checks run at the same time', async (t) => {
  const url = await serve(t, { store: hangs, bus: hangs, log: works });
  const startedAt = performance.now();
  const answer = await fetch(`${url}/readyz`);
  const tookMs = performance.now() - startedAt;
  assert.equal(answer.status, 503);
  assert.deepEqual(await answer.json(), {
    status: 'unavailable',
    checks: { store: 'failed', bus: 'failed', log: 'ok' },
  });
  assert.ok(tookMs < 3_900, `answered after ${tookMs} ms`);
});

test('each request tries the dependencies again', async (t) => {
  let tries = 0;
  const url = await serve(t, { store: async () => assert.equal(++tries, 2) });
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await fetch(`${url}/readyz`)).status);
  assert.deepEqual(statuses, [503, 200, 503]);
});

test('a process is alive even when a dependency hangs', async (t) => {
  const answer = await fetch(`${await serve(t, { bus: hangs })}/healthz`);
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { status: 'ok' });
});

test('the metrics are in the text format of Prometheus', async (t) => {
  const metrics = new Metrics();
  metrics.counter({ name: 'parley_test_total', help: 'A test.' }).inc(3);
  const answer = await fetch(`${await serve(t, {}, metrics)}/metrics`);
  assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(await answer.text(), /^parley_test_total 3$/m);
});

test('the metrics show the current state of each dependency', async (t) => {
  let away = false;
  const store: Check = async () => assert.ok(!away);
  const url = await serve(t, { store, bus: works });
  const states = async () =>
    (await (await fetch(`${url}/metrics`)).text()).match(/^parley_check_ok.*$/gm);
  assert.deepEqual(await states(), [
    'parley_check_ok{check="store"} 1',
    'parley_check_ok{check="bus"} 1',
  ]);
  away = true;
  assert.deepEqual(await states(), [
    'parley_check_ok{check="store"} 0',
    'parley_check_ok{check="bus"} 1',
  ]);
});

test('health and metrics have one spelling, so that a front door can block them', async (t) => {
  const url = await serve(t, { store: works });
  for (const path of ['/METRICS', '/Healthz', '/readyZ']) {
    assert.equal((await fetch(`${url}${path}`)).status, 404, path);
  }
});

test('what a proxy forwards finds neither health nor metrics', async (t) => {
  const url = await serve(t, { store: works });
  const headers = { 'X-Forwarded-For': '203.0.113.9' };
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    assert.equal((await fetch(`${url}${path}`, { headers })).status, 404, path);
  }
});
