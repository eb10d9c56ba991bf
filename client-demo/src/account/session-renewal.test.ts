import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renewalDelayMs } from './session-renewal.ts';

const now = Date.parse('2025-11-20T10:00:00Z');
const expiresAt = '2025-11-20T10:10:00Z';
const MINUTE = 60_000;

test('a tab with a stream renews halfway to the end; other tabs renew later, at spread times', () => {
  const delay = (leads: boolean, random: number) =>
    renewalDelayMs(expiresAt, { now, leads, random: () => random }) / MINUTE;
  assert.equal(delay(true, 0.5), 5);
  assert.deepEqual([delay(false, 0), delay(false, 1)], [7.5, 9.5]);
});

test("an expired token is renewed after a second, and a long-lived one within a timer's range", () => {
  assert.equal(renewalDelayMs('2025-11-20T09:00:00Z', { now, leads: true }), 1_000);
  assert.ok(renewalDelayMs('2035-11-20T09:00:00Z', { now, leads: true }) < 2 ** 31);
});
