import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renewalDelayMs } from './session-renewal.ts';

const now = Date.parse('2025-11-20T10:00:00Z');
const expiresAt = '2025-11-20T10:10:00Z';
const MINUTE = 60_000;

test('who holds a stream renews in the middle of the time left, the others later and spread', () => {
  const delay = (leads: boolean, random: number) =>
    renewalDelayMs(expiresAt, { now, leads, random: () => random }) / MINUTE;
  assert.equal(delay(true, 0.5), 5);
  assert.deepEqual([delay(false, 0), delay(false, 1)], [7.5, 9.5]);
});

test('what is expired is renewed at once, what lasts for ever within what a timer takes', () => {
  assert.equal(renewalDelayMs('2025-11-20T09:00:00Z', { now, leads: true }), 0);
  assert.ok(renewalDelayMs('2035-11-20T09:00:00Z', { now, leads: true }) < 2 ** 31);
});
