import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from '@parley/client/pause';

test('a retry waits longer each time, up to the bound', () => {
  for (const [attempt, longest] of [
    [1, 2000],
    [2, 4000],
    [3, 8000],
    [4, 15_000],
    [60, 15_000],
  ] as const) {
    const waits = Array.from({ length: 200 }, () =>
      backoffMs(attempt, { minMs: 2000, maxMs: 15_000 }),
    );
    assert.ok(Math.min(...waits) >= longest / 2, `attempt ${attempt}`);
    assert.ok(Math.max(...waits) <= longest, `attempt ${attempt}`);
    assert.ok(new Set(waits).size > 100, 'clients do not return together');
  }
});
