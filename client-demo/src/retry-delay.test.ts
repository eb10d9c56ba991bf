import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryDelayMs } from './retry-delay.ts';

const bounds = { minMs: 1000, maxMs: 15_000 };

test('a retry waits longer each time, up to the bound', () => {
  const soonest = [0, 1, 2, 3, 60].map((attempt) => retryDelayMs(attempt, bounds, () => 0));
  const latest = [0, 1, 2, 3, 60].map((attempt) => retryDelayMs(attempt, bounds, () => 1));
  assert.deepEqual(soonest, [1000, 2000, 4000, 7500, 7500]);
  assert.deepEqual(latest, [2000, 4000, 8000, 15_000, 15_000]);
});
