import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import manifest from '../../../package.json' with { type: 'json' };
import { jobsOf, ofKind, podsOf, type Workload, workloadsOf } from './kinds.ts';
import { withoutKubectl } from './kubectl.ts';
import { renderAll } from './render.ts';

/** Time limit of a service's orderly stop (packages/kit/run.ts). */
const STOP_SECONDS = 30;
const skip = withoutKubectl() ?? false;

let workloads: Workload[] = [];
let jobs: Workload[] = [];
let rendered: Awaited<ReturnType<typeof renderAll>> = [];

before(async () => {
  if (skip) return;
  rendered = await renderAll();
  workloads = rendered.flatMap(({ manifests }) => workloadsOf(manifests));
  jobs = rendered.flatMap(({ manifests }) => jobsOf(manifests));
});

test('at least one combination deploys each service', { skip }, () => {
  const names = new Set(workloads.map(({ name }) => name));
  assert.deepEqual([...names].sort(), [
    'broadcast',
    'broker',
    'catalog',
    'chat',
    'hooks',
    'parley',
  ]);
});

test('no pod has a right that it does not need', { skip }, () => {
  for (const { name, pod, container } of [...workloads, ...jobs]) {
    assert.equal(pod.automountServiceAccountToken, false, name);
    assert.equal(pod.enableServiceLinks, false, name);
    assert.equal(pod.securityContext?.runAsNonRoot, true, name);
    assert.ok(Number(pod.securityContext?.runAsUser) > 0, name);
    assert.equal(pod.securityContext?.seccompProfile?.type, 'RuntimeDefault', name);
    assert.deepEqual(
      container.securityContext,
      {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
      name,
    );
  }
});

test('a backup job of each overlay cannot change the store, and one at a time runs', {
  skip,
}, () => {
  assert.deepEqual([...new Set(jobs.map(({ name }) => name))], ['backup']);
  const mounts = jobs.flatMap(({ container }) => container.volumeMounts ?? []);
  const writable = mounts.filter(({ readOnly }) => !readOnly).map(({ mountPath }) => mountPath);
  assert.deepEqual([...new Set(writable)], ['/backups']);
  for (const { spec } of rendered.flatMap(({ manifests }) => ofKind(manifests, 'CronJob')))
    assert.equal(spec?.concurrencyPolicy, 'Forbid');
});

test('the namespace enforces restricted pods, and every object is in it', { skip }, () => {
  for (const { name, manifests } of rendered.filter((one) => one.name !== 'front-door')) {
    const [namespace] = ofKind(manifests, 'Namespace');
    assert.equal(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted');
    const elsewhere = manifests.filter(
      ({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'parley',
    );
    assert.deepEqual(elsewhere, [], name);
  }
});

test('a pod has time until front doors forget it, and then for its orderly stop', {
  skip,
}, () => {
  for (const { name, pod, container } of workloads) {
    const forgotten = Number(container.lifecycle?.preStop?.sleep?.seconds);
    assert.ok(forgotten >= 5, name);
    assert.ok(Number(pod.terminationGracePeriodSeconds) >= forgotten + STOP_SECONDS + 5, name);
  }
});

test('liveness is checked by /healthz and readiness by /readyz', {
  skip,
}, () => {
  for (const { name, container } of workloads) {
    const { startupProbe, livenessProbe, readinessProbe } = container;
    const paths = [startupProbe, livenessProbe, readinessProbe].map(
      (probe) => probe?.httpGet?.path,
    );
    assert.deepEqual(paths, ['/healthz', '/healthz', '/readyz'], name);
    // The checks of /readyz take at most 2 s.
    assert.ok(Number(readinessProbe?.timeoutSeconds) > 2, name);
  }
});

test('a shared service can be down for 5 minutes before replicas are unready, and a replica that hangs is restarted within 1 minute', {
  skip,
}, () => {
  for (const { name, container } of workloads) {
    assert.ok(secondsOf(container.readinessProbe) >= 300, name);
    assert.ok(secondsOf(container.livenessProbe) <= 60, name);
  }
});

test('our single broker starts on another node within 1 minute when its node is lost', {
  skip,
}, () => {
  const brokers = workloads.filter(({ name }) => name === 'broker');
  assert.ok(brokers.length > 0);
  for (const { pod } of brokers) {
    const lost = pod.tolerations?.find(({ key }) => key === 'node.kubernetes.io/unreachable');
    assert.ok(Number(lost?.tolerationSeconds) <= 60);
  }
});

test('a pod requests CPU and memory, and limits only memory', { skip }, () => {
  for (const { name, container } of [...workloads, ...jobs]) {
    const { requests = {}, limits = {} } = container.resources ?? {};
    assert.deepEqual(Object.keys({ ...requests }).sort(), ['cpu', 'memory'], name);
    assert.deepEqual(Object.keys({ ...limits }), ['memory'], name);
  }
});

test('every container uses the image of this version, and an example changes its name', {
  skip,
}, () => {
  for (const { name, manifests } of rendered) {
    const image = name.startsWith('example') ? 'registry.example.org/parley' : 'parley';
    const withTools = name.startsWith('production') ? `${image}-backup` : image;
    for (const { container } of podsOf(manifests)) {
      const expected = container.name === 'backup' ? withTools : image;
      assert.equal(container.image, `${expected}:${manifest.version}`, name);
    }
  }
});

/** How long a probe must fail before it has an effect. */
function secondsOf(probe: Workload['container']['readinessProbe']): number {
  return Number(probe?.periodSeconds) * Number(probe?.failureThreshold);
}
