import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import manifest from '../../../package.json' with { type: 'json' };
import { ofKind, type Workload, workloadsOf } from './kinds.ts';
import { withoutKubectl } from './kubectl.ts';
import { renderAll } from './render.ts';

/** Longest orderly stop of a part (packages/kit/run.ts). */
const STOP_SECONDS = 30;
const skip = withoutKubectl() ?? false;

let workloads: Workload[] = [];
let rendered: Awaited<ReturnType<typeof renderAll>> = [];

before(async () => {
  if (skip) return;
  rendered = await renderAll();
  workloads = rendered.flatMap(({ manifests }) => workloadsOf(manifests));
});

test('every part is deployed by some combination', { skip }, () => {
  const names = new Set(workloads.map(({ name }) => name));
  assert.deepEqual([...names].sort(), ['broadcast', 'broker', 'catalog', 'chat', 'parley']);
});

test('no pod has a right that it does not need', { skip }, () => {
  for (const { name, pod, container } of workloads) {
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

test('the namespace takes no others', { skip }, () => {
  for (const { name, manifests } of rendered.filter((one) => one.name !== 'front-door')) {
    const [namespace] = ofKind(manifests, 'Namespace');
    assert.equal(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted');
    const elsewhere = manifests.filter(
      ({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'parley',
    );
    assert.deepEqual(elsewhere, [], name);
  }
});

test('a pod has time to be forgotten by front doors, and then for its orderly stop', {
  skip,
}, () => {
  for (const { name, pod, container } of workloads) {
    const forgotten = Number(container.lifecycle?.preStop?.sleep?.seconds);
    assert.ok(forgotten >= 5, name);
    assert.ok(Number(pod.terminationGracePeriodSeconds) >= forgotten + STOP_SECONDS + 5, name);
  }
});

test('a pod lives while its process answers, and is asked for nothing while it is not ready', {
  skip,
}, () => {
  for (const { name, container } of workloads) {
    const { startupProbe, livenessProbe, readinessProbe } = container;
    const paths = [startupProbe, livenessProbe, readinessProbe].map(
      (probe) => probe?.httpGet?.path,
    );
    assert.deepEqual(paths, ['/healthz', '/healthz', '/readyz'], name);
    // The checks behind it have 2 s.
    assert.ok(Number(readinessProbe?.timeoutSeconds) > 2, name);
  }
});

test('what all replicas share may be away for minutes before front doors lose all of them, and one that hangs is ended before', {
  skip,
}, () => {
  for (const { name, container } of workloads) {
    assert.ok(secondsOf(container.readinessProbe) >= 300, name);
    assert.ok(secondsOf(container.livenessProbe) <= 60, name);
  }
});

test('our broker, which is one, comes anew elsewhere before that when its node is lost', {
  skip,
}, () => {
  const brokers = workloads.filter(({ name }) => name === 'broker');
  assert.ok(brokers.length > 0);
  for (const { pod } of brokers) {
    const lost = pod.tolerations?.find(({ key }) => key === 'node.kubernetes.io/unreachable');
    assert.ok(Number(lost?.tolerationSeconds) <= 60);
  }
});

test('a pod asks for CPU and memory, and has a bound of memory alone', { skip }, () => {
  for (const { name, container } of workloads) {
    const { requests = {}, limits = {} } = container.resources ?? {};
    assert.deepEqual(Object.keys({ ...requests }).sort(), ['cpu', 'memory'], name);
    assert.deepEqual(Object.keys({ ...limits }), ['memory'], name);
  }
});

test('the image is one, of this version, whose name a deployment changes', { skip }, () => {
  for (const { name, manifests } of rendered) {
    const image = name.startsWith('example') ? 'registry.example.org/parley' : 'parley';
    for (const { container } of workloadsOf(manifests)) {
      assert.equal(container.image, `${image}:${manifest.version}`, name);
    }
  }
});

/** How long a probe has to fail until it counts. */
function secondsOf(probe: Workload['container']['readinessProbe']): number {
  return Number(probe?.periodSeconds) * Number(probe?.failureThreshold);
}
