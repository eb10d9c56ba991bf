import assert from 'node:assert/strict';
import { test } from 'node:test';
import { repeating } from './combinations.ts';
import { withoutKubectl } from './kubectl.ts';
import { type Manifest, nameOf } from './manifest.ts';
import { manifestFaults } from './manifest-faults.ts';
import { type Rendered, renderAll } from './render.ts';

const deployment = (container: object): Manifest & { spec: object } => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'chat' },
  spec: {
    selector: { matchLabels: { name: 'chat' } },
    template: {
      metadata: { labels: { name: 'chat' } },
      spec: { containers: [{ name: 'chat', ...container }] },
    },
  },
});

const route = (rule: object): Manifest & { spec: object } => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'chat' },
  spec: { rules: [rule] },
});

const monitor = (endpoint: object): Manifest & { spec: object } => ({
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'ServiceMonitor',
  metadata: { name: 'chat' },
  spec: { selector: {}, endpoints: [endpoint] },
});

for (const [what, manifest, expected] of [
  ['a misspelt nested field', deployment({ readinesProbe: {} }), /'readinesProbe' does not exist/],
  [
    'a field of another object',
    deployment({ securityContext: { runAsNonRoot: true, fsGroup: 1000 } }),
    /'fsGroup' does not exist/,
  ],
  [
    'a string in place of a number',
    deployment({ ports: [{ containerPort: '8081' }] }),
    /'string'.*'number'/,
  ],
  [
    'a number in place of a string',
    deployment({ env: [{ name: 'PORT', value: 8081 }] }),
    /'number'.*'string'/,
  ],
  ['a missing field', deployment({ env: [{ value: 'x' }] }), /'name' is missing/],
  ['a number out of bounds', deployment({ ports: [{ containerPort: 2 ** 40 }] }), /int32/],
  [
    'a misspelt field of a route',
    route({ timeout: { request: '0s' } }),
    /'timeout' does not exist/,
  ],
  ['an invalid time', route({ timeouts: { request: 'forever' } }), /pattern/],
  ['a misspelt field of a monitor', monitor({ timeout: '8s' }), /'timeout' does not exist/],
  ['an unknown kind', { ...route({}), kind: 'HttpRoute' }, /HttpRoute/],
] as const) {
  test(`${what} is reported`, async () => {
    const faults = await manifestFaults([manifest]);
    assert.match(faults.join('\n'), expected);
    for (const fault of faults) assert.ok(fault.startsWith(`${nameOf(manifest)}: `), fault);
  });
}

test('valid manifests have no faults', async () => {
  const sound = [
    deployment({ readinessProbe: { httpGet: { path: '/readyz', port: 'http' } } }),
    route({ timeouts: { request: '0s' } }),
    monitor({ port: 'http', scrapeTimeout: '8s' }),
  ];
  assert.deepEqual(await manifestFaults(sound), []);
});

test('combinations that npm run check does not render have no objects of their own', {
  skip: withoutKubectl() ?? false,
}, async () => {
  const rendered = await renderAll();
  const objectsOf = (some: Rendered[]) =>
    new Set(some.flatMap(({ manifests }) => manifests.map((one) => JSON.stringify(one))));
  const checked = rendered.filter(({ name }) => !repeating.has(name));
  assert.ok(checked.length < rendered.length / 2);
  assert.deepEqual(objectsOf(checked), objectsOf(rendered));
});
