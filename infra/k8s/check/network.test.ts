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

/** The examples have their databases' own networks. */
const isOpen = ({ name }: Rendered) => /ingress|gateway/.test(name);

test('policies allow what settings and routes point at, watching, and nothing else', {
  skip,
}, () => {
  const open = rendered.filter(isOpen);
  assert.ok(open.length >= 20);
  for (const { name, manifests } of open) {
    assert.deepEqual([...flowsAllowed(manifests)].sort(), [...flowsNeeded(manifests)].sort(), name);
  }
});

test('what no policy names is denied to every pod', { skip }, () => {
  for (const { name, manifests } of rendered.filter((one) => one.name !== 'front-door')) {
    const denial = ofKind(manifests, 'NetworkPolicy').find(
      ({ metadata }) => metadata.name === 'default-deny',
    );
    assert.deepEqual(denial?.spec, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] }, name);
  }
});

test('the example of a production narrows the way to its database', { skip }, () => {
  const { manifests = [] } = rendered.find(({ name }) => name === 'example production') ?? {};
  const flows = flowsAllowed(manifests);
  assert.ok(flows.has('chat -> 10.20.0.0/24:5432'));
  assert.ok(![...flows].some((flow) => flow.startsWith('chat -> outside')));
});

test('policies name ports by their numbers, since not all networks know their names', {
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
