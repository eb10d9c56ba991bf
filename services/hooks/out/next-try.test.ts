import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTry, triedFrom } from './next-try.ts';

const NOW = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const DAYS_3 = 72 * HOUR_MS;

/** In how many milliseconds an event is tried again whose channel fails since `failingMs` ago. */
function wait(given: {
  failingMs?: number;
  ageMs?: number;
  retryAfterMs?: number;
  random?: number;
}) {
  const { failingMs = 0, retryAfterMs = 0, random = 0 } = given;
  const { ageMs = failingMs } = given;
  const since = failingMs === 0 ? 0 : NOW - failingMs;
  const position = {
    channel: 'a',
    epoch: 'e',
    seq: 1,
    at: 0,
    since,
    tries: 1,
    retryAt: 0,
    reason: '',
  };
  const storedAt = NOW - ageMs;
  const at = nextTry({ position, storedAt, now: NOW, retryAfterMs, retryMs: DAYS_3, random });
  return at === undefined ? undefined : at - NOW;
}

test('waits grow with the time that a channel fails, from a second to an hour', () => {
  assert.equal(wait({}), 1_000);
  assert.equal(wait({ failingMs: 8_000 }), 8_000);
  assert.equal(wait({ failingMs: 8_000, random: 1 }), 9_600);
  assert.equal(wait({ failingMs: 10 * HOUR_MS }), HOUR_MS);
});

test('Retry-After lengthens a wait, up to an hour', () => {
  assert.equal(wait({ retryAfterMs: 30_000 }), 30_000);
  assert.equal(wait({ failingMs: 60_000, retryAfterMs: 5_000 }), 60_000);
  assert.equal(wait({ retryAfterMs: 1e12 }), HOUR_MS);
});

test('the last try is after three days, and then the event is set aside', () => {
  assert.equal(wait({ failingMs: DAYS_3 - 5_000 }), 5_000);
  assert.equal(wait({ failingMs: DAYS_3 }), undefined);
});

test('an event behind one that failed is set aside when it is three days old itself', () => {
  assert.equal(wait({ failingMs: 2 * DAYS_3, ageMs: DAYS_3 - 60_000 }), 60_000);
  assert.equal(wait({ failingMs: 2 * DAYS_3, ageMs: DAYS_3 }), undefined);
});

test('an old event whose channel did not fail before is tried for three days, too', () => {
  assert.equal(wait({ ageMs: 10 * DAYS_3 }), 1_000);
});

test('a clock that is set back delays the next try by an hour at most', () => {
  const failed = { channel: 'a', epoch: 'e', seq: 1, at: 0, since: 0, tries: 1, reason: '' };
  for (const [retryAt, from] of [
    [NOW - 1, NOW - 1],
    [NOW + HOUR_MS, NOW + HOUR_MS],
    [NOW + DAYS_3, NOW],
  ] as const)
    assert.equal(triedFrom({ ...failed, retryAt }, NOW), from);
  assert.equal(wait({ failingMs: -DAYS_3 }), 1_000);
});
