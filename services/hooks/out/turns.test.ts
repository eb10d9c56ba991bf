import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { openTurns } from './turns.ts';

test('one request begins in each turn of the event loop', async () => {
  const turn = openTurns();
  let begun = 0;
  const turns = Array.from({ length: 5 }, () => turn().then(() => begun++));
  for (let passed = 1; passed <= 5; passed++) {
    await setImmediate();
    assert.ok(begun <= passed, `${begun} after ${passed} turns`);
  }
  await Promise.all(turns);
  assert.equal(begun, 5);
});
