import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeTime, parseTime } from './time.ts';

test('a time is written with microseconds and read back with the same value', () => {
  for (const us of [0, 1, 999_999, 1_795_267_417_659_007, 4_102_444_799_999_999]) {
    assert.equal(parseTime(encodeTime(us)), us);
  }
  assert.equal(encodeTime(1_795_267_417_659_007), '2026-11-21T13:23:37.659007Z');
});

test('a time may be a day or more precise', () => {
  const day = Date.UTC(2026, 10, 21) * 1000;
  for (const [text, us] of [
    ['2026-11-21', day],
    ['2026-11-21T13:23Z', day + 48_180_000_000],
    ['2026-11-21T13:23:37', day + 48_217_000_000],
    ['2026-11-21T13:23:37.5Z', day + 48_217_500_000],
  ] as const) {
    assert.equal(parseTime(text), us, text);
  }
});

test('a text that is not a time in UTC is refused', () => {
  for (const text of [
    '',
    'yesterday',
    '2026-13-01',
    '2026-11-21T25:00',
    '2026-11-21.5',
    '2026-11-21T13:23.5',
    '2026-11-21T13:23:37.1234567Z',
    '2026-11-21T13:23+01:00',
  ]) {
    assert.equal(parseTime(text), undefined, text);
  }
});
