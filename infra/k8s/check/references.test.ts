import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { IGateway } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/Gateway';
import type { IHTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute';
import { matches, ofKind, podsOf, type Workload, workloadsOf } from './kinds.ts';
import { withoutKubectl } from './kubectl.ts';
import type { Manifest } from './manifest.ts';
import { type Rendered, renderAll } from './render.ts';

const skip = withoutKubectl() ?? false;
let rendered: Rendered[] = [];

before(async () => {
  if (!skip) rendered = await renderAll();
});

/** Defines a test that checks every combination. */
function everywhere(what: string, hold: (manifests: Manifest[], name: string) => void): void {
  test(what, { skip }, () => {
    for (const { name, manifests } of rendered) hold(manifests, name);
  });
}

const names = (manifests: Manifest[], kind: string) =>
  manifests.filter((one) => one.kind === kind).map(({ metadata }) => metadata.name);

everywhere('no object exists twice', (manifests, name) => {
  const ids = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  assert.equal(new Set(ids).size, ids.length, name);
});

everywhere('a workload selects its own pods only', (manifests, name) => {
  const workloads = podsOf(manifests);
  for (const { name: part, selector, labels } of workloads) {
    const selected = workloads.filter((other) => matches(selector, other.labels));
    assert.deepEqual(
      selected.map((other) => other.name),
      [part],
      name,
    );
    assert.ok(matches(selector, labels), `${name}: ${part}`);
  }
});

everywhere('a Service leads to a port of exactly one workload', (manifests, name) => {
  for (const { metadata, spec } of ofKind(manifests, 'Service')) {
    const [part, ...others] = podsOf(manifests).filter(({ labels }) =>
      matches(spec?.selector, labels),
    );
    assert.deepEqual(others, [], `${name}: ${metadata.name}`);
    const ports = (part?.container.ports ?? []).map((port) => port.name);
    for (const { targetPort } of spec?.ports ?? []) {
      assert.ok(ports.includes(String(targetPort)), `${name}: ${metadata.name} ${targetPort}`);
    }
  }
});

everywhere('the ConfigMaps of every pod exist', (manifests, name) => {
  for (const { name: part, container } of workloadsOf(manifests)) {
    const maps = (container.envFrom ?? []).map(({ configMapRef }) => configMapRef?.name ?? '');
    assert.equal(maps.length, 2, part);
    for (const map of maps)
      assert.ok(names(manifests, 'ConfigMap').includes(map), `${name}: ${map}`);
  }
});

everywhere('a pod mounts all its volumes and no others', (manifests, name) => {
  for (const { name: part, pod, container, claimed } of podsOf(manifests)) {
    const volumes = [...(pod.volumes ?? []).map((volume) => volume.name), ...claimed];
    const mounted = (container.volumeMounts ?? []).map((mount) => mount.name);
    assert.deepEqual(mounted.sort(), volumes.sort(), `${name}: ${part}`);
  }
});

everywhere('the claim of every volume is made', (manifests, name) => {
  const claims = [
    ...names(manifests, 'PersistentVolumeClaim'),
    ...workloadsOf(manifests).flatMap(({ name: part, claimed }) =>
      claimed.map((claim) => `${claim}-${part}-0`),
    ),
  ];
  for (const { pod } of podsOf(manifests)) {
    for (const { persistentVolumeClaim: claim } of pod.volumes ?? [])
      assert.ok(!claim || claims.includes(claim.claimName), `${name}: ${claim?.claimName}`);
  }
});

everywhere(
  'the file settings of a pod and the files of its mounted Secret are the same',
  (manifests, name) => {
    for (const { name: part, pod, container } of podsOf(manifests)) {
      const mounted = (pod.volumes ?? []).flatMap(({ name: volume, secret }) => {
        const mount = container.volumeMounts?.find((one) => one.name === volume);
        return (secret?.items ?? []).map(({ path }) => `${mount?.mountPath}/${path}`);
      });
      const named = (container.env ?? []).filter((one) => one.name.endsWith('_FILE'));
      assert.deepEqual(named.map(({ value }) => value).sort(), mounted.sort(), `${name}: ${part}`);
    }
  },
);

test('the examples make the Secrets that their pods mount, with exactly the mounted keys', {
  skip,
}, () => {
  const examples = rendered.filter(({ name }) => name.startsWith('example'));
  assert.equal(examples.length, 2);
  for (const { name, manifests } of examples) {
    const secrets = ofKind(manifests, 'Secret');
    for (const { secret } of workloadsOf(manifests).flatMap(({ pod }) => pod.volumes ?? [])) {
      const made = secrets.find(({ metadata }) => metadata.name === secret?.secretName);
      assert.ok(made, `${name}: ${secret?.secretName}`);
      const mounted = (secret?.items ?? []).map(({ key }) => key).sort();
      assert.deepEqual(Object.keys(made.data ?? {}).sort(), mounted, made.metadata.name);
    }
    const [tls] = ofKind(manifests, 'Ingress').flatMap(({ spec }) => spec?.tls ?? []);
    assert.ok(
      secrets.some(({ metadata }) => metadata.name === tls?.secretName),
      name,
    );
  }
});

test('internal URLs in Secrets lead to ports of Services', { skip }, () => {
  const { manifests = [] } = rendered.find(({ name }) => name === 'example production') ?? {};
  const texts = ofKind(manifests, 'Secret').flatMap(({ data }) => Object.values(data ?? {}));
  const urls = texts
    .map((text) => Buffer.from(text, 'base64').toString())
    .flatMap((text) => /^\w+:\/\/\S+$/.exec(text)?.[0] ?? [])
    .map((text) => new URL(text));
  const services = ofKind(manifests, 'Service').flatMap(({ metadata, spec }) =>
    (spec?.ports ?? []).map(({ port }) => `${metadata.name}:${port}`),
  );
  const toServices = urls.filter(({ protocol }) => protocol === 'mqtts:');
  assert.equal(toServices.length, 2);
  for (const { host } of toServices) assert.ok(services.includes(host), host);
});

everywhere('the targets of autoscalers and disruption budgets exist', (manifests, name) => {
  const workloads = workloadsOf(manifests);
  const scaled = ofKind(manifests, 'HorizontalPodAutoscaler').map(({ spec }) => {
    const { kind, name: target } = spec?.scaleTargetRef ?? {};
    return workloads.find((one) => one.kind === kind && one.name === target);
  });
  assert.ok(scaled.every(isScaled), name);
  const alone = workloads.filter((one) => !scaled.includes(one));
  assert.ok(
    alone.every(({ replicas }) => replicas === 1),
    name,
  );
  for (const { spec } of ofKind(manifests, 'PodDisruptionBudget')) {
    const { matchLabels } = spec?.selector ?? {};
    assert.equal(workloads.filter(({ labels }) => matches(matchLabels, labels)).length, 1, name);
  }
});

/** True without `replicas` in the manifest, which would override the autoscaler at each apply. */
function isScaled(workload: Workload | undefined): boolean {
  return workload !== undefined && workload.replicas === undefined;
}

everywhere(
  'replicas are spread over nodes, counting the pods of their own version only',
  (manifests, name) => {
    for (const { pod, labels } of workloadsOf(manifests)) {
      for (const { labelSelector, matchLabelKeys } of pod.topologySpreadConstraints ?? []) {
        assert.ok(matches(labelSelector?.matchLabels, labels), name);
        assert.deepEqual(matchLabelKeys, ['pod-template-hash'], name);
      }
    }
  },
);

test('a route belongs to a listener of our Gateway that has its host and allows its namespace', {
  skip,
}, () => {
  const [gateway] = rendered.flatMap(({ manifests }) => ofKind(manifests, 'Gateway'));
  assert.ok(gateway);
  const routes = rendered.flatMap(({ manifests }) => ofKind(manifests, 'HTTPRoute'));
  assert.ok(routes.length > 10);
  const astray = routes.filter((route) => !isTaken(route, gateway));
  assert.deepEqual(astray, []);
});

function isTaken({ metadata, spec }: Manifest & IHTTPRoute, gateway: Manifest & IGateway): boolean {
  const at = { namespace: metadata.namespace, ...spec.parentRefs?.[0] };
  const { name, namespace } = gateway.metadata;
  const listener = gateway.spec.listeners.find((one) => one.name === at.sectionName);
  const { from, selector } = listener?.allowedRoutes?.namespaces ?? {};
  const allowed = from === 'Same' ? namespace : Object.values(selector?.matchLabels ?? {})[0];
  return (
    at.name === name &&
    at.namespace === namespace &&
    allowed === metadata.namespace &&
    (spec.hostnames ?? []).every((host) => host === listener?.hostname)
  );
}

everywhere('Prometheus scrapes each pod once, at a port of its Service', (manifests, name) => {
  for (const { spec } of ofKind(manifests, 'ServiceMonitor')) {
    const watched = ofKind(manifests, 'Service').filter(({ metadata }) =>
      matches(spec?.selector.matchLabels, metadata.labels ?? {}),
    );
    assert.equal(watched.length, workloadsOf(manifests).length, name);
    for (const { port } of spec?.endpoints ?? []) {
      assert.ok(
        watched.every((one) => one.spec?.ports?.some((other) => other.name === port)),
        name,
      );
    }
  }
});

test('the example embedded has an alert for its only pod', { skip }, () => {
  const embedded = rendered.find(({ name }) => name === 'example embedded')?.manifests ?? [];
  const alerts = ofKind(embedded, 'PrometheusRule').flatMap(({ spec }) => spec?.groups ?? []);
  const away = alerts
    .flatMap(({ rules = [] }) => rules ?? [])
    .find((one) => one.alert === 'PartAway');
  const jobs = [...String(away?.expr).matchAll(/job="(\w+)"/g)].map(([, job]) => job);
  const watched = ofKind(embedded, 'Service').map(
    ({ metadata }) => metadata.labels?.['app.kubernetes.io/name'],
  );
  assert.ok(jobs.length > 0 && jobs.every((job) => watched.includes(job)));
});
