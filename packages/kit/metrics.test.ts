import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Metrics } from './metrics.ts';

test('registering a name twice gives the same metric, for every type', async () => {
  const metrics = new Metrics();
  const counter = () => metrics.counter({ name: 'a_total', help: 'A.', labels: ['part'] });
  const gauge = () => metrics.gauge({ name: 'b', help: 'B.' });
  const histogram = () => metrics.histogram({ name: 'c_seconds', help: 'C.', buckets: [1] });
  for (const ask of [counter, gauge, histogram]) assert.equal(ask(), ask());
  counter().inc({ part: 'chat' });
  counter().inc({ part: 'chat' });
  assert.match(await metrics.registry.metrics(), /^a_total\{part="chat"\} 2$/m);
});

test('two registries share no metric', async () => {
  const [one, other] = [new Metrics(), new Metrics()];
  one.counter({ name: 'a_total', help: 'A.' }).inc();
  other.counter({ name: 'a_total', help: 'A.' });
  assert.match(await one.registry.metrics(), /^a_total 1$/m);
  assert.match(await other.registry.metrics(), /^a_total 0$/m);
});

test('a gauge with `collect` is computed when the metrics are read', async () => {
  const metrics = new Metrics();
  let clients = 1;
  metrics.gauge({ name: 'clients', help: 'Clients.', collect: () => clients });
  assert.match(await metrics.registry.metrics(), /^clients 1$/m);
  clients = 7;
  assert.match(await metrics.registry.metrics(), /^clients 7$/m);
});
