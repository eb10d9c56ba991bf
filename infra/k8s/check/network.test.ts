import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { flowsAllowed } from './flows-allowed.ts';
import { flowsNeeded } from './flows-needed.ts';
import { ofKind } from './kinds.ts';
import { withoutKubectl } from './kubectl.ts';
import { type Rendered, renderAll } from './render.ts';

const skip = withoutKubectl() ?? false;
let rendered: Rendered[] = [];

before(async () => {
  if (!skip) rendered = await renderAll();
});

/** True for a combination with a front door; the examples limit the database to its own network. */
const isOpen = ({ name }: Rendered) => /ingress|gateway/.test(name);

test('policies allow the targets of settings and routes, and Prometheus, and nothing else', {
  skip,
}, () => {
  const open = rendered.filter(isOpen);
  assert.ok(open.length >= 20);
  for (const { name, manifests } of open) {
    assert.deepEqual([...flowsAllowed(manifests)].sort(), [...flowsNeeded(manifests)].sort(), name);
  }
});

test('every pod is denied the traffic that no policy allows', { skip }, () => {
  for (const { name, manifests } of rendered.filter((one) => one.name !== 'front-door')) {
    const denial = ofKind(manifests, 'NetworkPolicy').find(
      ({ metadata }) => metadata.name === 'default-deny',
    );
    assert.deepEqual(denial?.spec, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }, name);
  }
});

test('the example production limits chat to the network of its database', { skip }, () => {
  const { manifests = [] } = rendered.find(({ name }) => name === 'example production') ?? {};
  const flows = flowsAllowed(manifests);
  assert.ok(flows.has('chat -> 10.20.0.0/24:5432'));
  assert.ok(![...flows].some((flow) => flow.startsWith('chat -> outside')));
});

test('policies use port numbers, since some networks do not support port names', {
  skip,
}, () => {
  for (const { name, manifests } of rendered) {
    const rules = ofKind(manifests, 'NetworkPolicy').flatMap(({ spec }) => [
      ...(spec?.ingress ?? []),
      ...(spec?.egress ?? []),
    ]);
    const ports = rules.flatMap((rule) => rule.ports ?? []).map(({ port }) => port);
    assert.ok(
      ports.every((port) => typeof port === 'number'),
      name,
    );
  }
});
