import assert from 'node:assert/strict';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { before, test } from 'node:test';
import { startBare } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { type FrontDoor, gatewayDoor, ingressDoor } from './front-doors.ts';
import { ofKind } from './kinds.ts';
import { withoutKubectl } from './kubectl.ts';
import type { Manifest } from './manifest.ts';
import { type Rendered, renderAll } from './render.ts';

const skip = withoutKubectl() ?? false;
const DOORS: [string, (manifests: Manifest[]) => FrontDoor][] = [
  ['ingress', ingressDoor],
  ['gateway', gatewayDoor],
];
/** Paths by the service to which infra/nginx/routes.conf sends them. */
const LED = {
  chat: [
    '/',
    '/lobby',
    '/chat',
    '/chat/',
    '/chat/lobby/events',
    '/api/chat',
    '/api/chat/lobby',
    '/direct',
    '/users',
    '/session/renew',
    '/session/openid/callback',
    '/tickets',
    '/audit',
    '/invitations',
    '/search',
    '/assets/page.js',
    '/.well-known/jwks.json',
    '/openapi.yaml',
    // Pages of channels.
    '/chatty',
    '/broadcaster',
    '/catalogs',
    '/hooksroom',
    '/metricsroom',
    '/mqtts',
    '/%E6%97%A5%E6%9C%AC',
  ],
  broadcast: [
    '/broadcast',
    '/broadcast/ws',
    '/broadcast/lobby',
    '/broadcast/lobby/ws',
    '/broadcast/a.b/presence',
  ],
  broker: ['/mqtt'],
  catalog: ['/catalog', '/catalog/sport', '/catalog/sport/messages'],
  hooks: ['/hooks', '/hooks/', '/hooks/orders/failures', '/hooks/in', '/hooks/in/ci/secret'],
};
/** Paths that are closed to the outside, and other spellings of them. */
const CLOSED = ['/healthz', '/readyz', '/metrics', '/metrics/', '/readyz/x', '/tickets/redeem'];
const OTHER_SPELLINGS = [
  '/METRICS',
  '/Healthz',
  '/readyZ/',
  '//metrics',
  '/%6detrics',
  '/metrics?channel=a',
  '/x/../metrics',
  '/./metrics',
  '/metrics%2f',
  '/metrics;a',
  '/Tickets/redeem',
  '/tickets/REDEEM',
  '/tickets//redeem',
  '/tickets/redeem?x',
  '/tickets/%72edeem',
];

/** The name of the combination with every service. */
const everyPart = (door: string) =>
  `production + broker + catalog + monitoring + hooks + backup + ${door} + ${door}-mqtt + ${door}-catalog + ${door}-hooks`;

let rendered: Rendered[] = [];

before(async () => {
  if (!skip) rendered = await renderAll();
});

function manifestsOf(name: string): Manifest[] {
  const found = rendered.find((one) => one.name === name);
  assert.ok(found, name);
  return found.manifests;
}

for (const [door, open] of DOORS) {
  const whole = () => open(manifestsOf(everyPart(door)));

  test(`${door}: every path leads to the same service as with nginx`, { skip }, () => {
    const lead = whole();
    for (const [service, paths] of Object.entries(LED)) {
      for (const path of paths) assert.deepEqual(lead(path), { service, path }, path);
    }
  });

  test(`${door}: internal paths lead to a closed path`, { skip }, () => {
    const lead = whole();
    for (const path of CLOSED) {
      assert.deepEqual(lead(path), { service: 'chat', path: '/-/closed' }, path);
    }
  });

  test(`${door}: a running Parley hides its internal paths in every spelling`, {
    skip,
  }, async () => {
    const lead = open(manifestsOf(`embedded + ${door} + ${door}-mqtt + ${door}-hooks`));
    await using folder = await temporaryFolder();
    await using parley = await startBare('services/standalone', { DATA_DIR: folder.path });
    for (const asked of [...CLOSED, ...OTHER_SPELLINGS]) {
      const { path } = lead(asked.replace(/\?.*/, '')) ?? {};
      for (const method of ['GET', 'POST']) {
        const told = path === undefined ? 'nothing' : await ask(parley.url, { method, path });
        assert.ok(told === 'nothing' || told === 'page', `${method} ${asked}: ${told}`);
      }
    }
  });
}

test('ingress: a batch may have 4 MB, a delivery of a webhook 1 MB, and no other body', {
  skip,
}, () => {
  const manifests = manifestsOf(everyPart('ingress'));
  const sizes = ofKind(manifests, 'Ingress').flatMap(({ metadata, spec }) => {
    const size = metadata.annotations?.['nginx.ingress.kubernetes.io/proxy-body-size'];
    const paths = (spec?.rules ?? []).flatMap(({ http }) => http?.paths ?? []);
    return paths.map(({ path = '' }) => ({ size, expression: new RegExp(`^${path}`, 'i'), path }));
  });
  const sizeOf = (path: string) =>
    sizes
      .sort((a, b) => b.path.length - a.path.length)
      .find(({ expression }) => expression.test(path))?.size;
  for (const path of ['/chat', '/api/chat', '/chat/']) assert.equal(sizeOf(path), '4m', path);
  assert.equal(sizeOf('/hooks/in/ci/secret'), '1m');
  for (const path of ['/chat/lobby', '/api/chat/a/events', '/users', '/lobby'])
    assert.equal(sizeOf(path), '256k', path);
});

test('streams, pages and devices are not buffered, and stay open while they are silent', {
  skip,
}, () => {
  const manifests = manifestsOf('production + broker + ingress + ingress-mqtt');
  const of = (name: string, annotation: string) =>
    ofKind(manifests, 'Ingress').find(({ metadata }) => metadata.name === name)?.metadata
      .annotations?.[`nginx.ingress.kubernetes.io/${annotation}`];
  for (const name of ['chat', 'batches', 'broadcast', 'mqtt'])
    assert.equal(of(name, 'proxy-buffering'), 'off');
  // Streams have a heartbeat every 15 s. Devices choose their own keep-alive.
  assert.ok(Number(of('broadcast', 'proxy-read-timeout')) >= 60);
  assert.ok(Number(of('mqtt', 'proxy-read-timeout')) >= 3_600);
  const rules = ofKind(manifestsOf(everyPart('gateway')), 'HTTPRoute').flatMap(
    ({ spec }) => spec.rules ?? [],
  );
  const unbounded = rules.filter(({ filters }) => filters === undefined);
  assert.equal(unbounded.length, 5);
  for (const { timeouts } of unbounded) {
    assert.deepEqual(timeouts, { request: '0s', backendRequest: '0s' });
  }
});

/**
 * Requests a path exactly as written. Resolves with 'nothing', 'page', or the status and start of
 * another answer.
 */
function ask(url: string, { method, path }: { method: string; path: string }): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { 'Content-Type': 'application/json', Connection: 'close' };
  const sent = request(url, { method, path, headers }, async (response) => {
    const said = await text(response);
    const isNoChannel = response.statusCode === 400 && said.includes('"invalid channel"');
    if (isNoChannel || [404, 405].includes(response.statusCode ?? 0)) resolve('nothing');
    else if (said.startsWith('<!doctype html>')) resolve('page');
    else resolve(`${response.statusCode} ${said.slice(0, 60)}`);
  });
  sent.on('error', reject);
  sent.end(method === 'POST' ? '{"ticket":"x"}' : undefined);
  return promise;
}
