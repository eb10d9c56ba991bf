import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '@parley/testkit/random.ts';
import { OldestFirst } from './oldest-first.ts';

test('values are read in the order in which they came, and the one that is read can be removed, once', () => {
  const random = new Random(16);
  const values = new OldestFirst<number>();
  let left: number[] = [];
  for (let value = 0; value < 2_000; value++) {
    const entry = values.add(value);
    left.push(value);
    if (random.between(0, 10) < 3) {
      assert.equal(values.remove(entry), true);
      assert.equal(values.remove(entry), false);
      left.pop();
    }
    if (random.between(0, 10) < 3) continue;
    const seen: number[] = [];
    const kept: number[] = [];
    for (const entry of values) {
      seen.push(entry.value);
      if (random.between(0, 10) < 2) values.remove(entry);
      else kept.push(entry.value);
    }
    assert.deepEqual(seen, left);
    left = kept;
  }
});
