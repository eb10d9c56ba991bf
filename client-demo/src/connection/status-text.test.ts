import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockTime, clockTimeWithSeconds } from '../history/clock-time.ts';
import { statusText } from './status-text.ts';

test('a resumed connection shows the time and the number of missed messages', () => {
  const at = new Date(2025, 10, 20, 10, 32, 7).getTime();
  const resumed = (missed: number) => statusText({ state: 'resumed', at, missed });
  assert.equal(resumed(0), `Live. Resumed ${clockTime(at)}: nothing missed`);
  assert.match(resumed(1), /: 1 message that came/);
  assert.match(resumed(3), /: 3 messages that came/);
});

test('a lost connection shows the time of the loss, to the second', () => {
  const since = new Date(2025, 10, 20, 10, 31, 7).getTime();
  const text = statusText({ state: 'reconnecting', since, missed: 0 });
  assert.equal(text, `Reconnecting since ${clockTimeWithSeconds(since)}`);
  assert.match(text, /10:31:07/);
});
