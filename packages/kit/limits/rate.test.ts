import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFailureRate, openRate } from './rate.ts';

test('each key has a count of its own, and those beyond the bound of keys share one', async () => {
  const count = openRate(2, { keysMax: 2 });
  assert.ok(count);
  const waits = [];
  for (const key of ['a', 'a', 'b', 'a', 'b', 'c', 'd', 'e', 'c']) {
    waits.push((await count(key)) === undefined);
  }
  assert.deepEqual(waits, [true, true, true, false, true, true, true, false, false]);
});

test('0 sets no limit', () => assert.equal(openRate(0), undefined));

test('a key that has failed too often waits, and other keys do not', async () => {
  const failures = openFailureRate(2);
  const waits = [];
  for (let i = 0; i < 3; i++) {
    waits.push((await failures.wait('a')) !== undefined);
    await failures.count('a');
  }
  assert.deepEqual(waits, [false, false, true]);
  assert.ok(Number(await failures.wait('a')) > 0);
  assert.equal(await failures.wait('b'), undefined);
});
