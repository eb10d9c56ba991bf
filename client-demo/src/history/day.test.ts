import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { dayLabel, dayOf, msUntilTomorrow } from './day.ts';

const HOUR_MS = 3_600_000;
const zone = process.env.TZ;

afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

test("a moment falls on a day of the reader's time zone, not of UTC", () => {
  process.env.TZ = 'Pacific/Auckland';
  assert.equal(dayOf('2025-12-31T12:00:00.000Z'), '2026-01-01');
  process.env.TZ = 'America/Los_Angeles';
  assert.equal(dayOf('2026-01-01T05:00:00.000Z'), '2025-12-31');
});

test('today and yesterday have names, and earlier days have a date', () => {
  assert.equal(dayLabel('2026-01-01', '2026-01-01'), 'Today');
  assert.equal(dayLabel('2025-12-31', '2026-01-01'), 'Yesterday');
  assert.match(dayLabel('2025-12-30', '2026-01-01'), /30.*2025|2025.*30/);
  assert.doesNotMatch(
    dayLabel('2026-02-03', '2026-05-01'),
    /2026/,
    'a date of this year has no year',
  );
});

test('days of 23 and 25 hours are counted correctly', () => {
  process.env.TZ = 'Europe/Berlin';
  assert.equal(msUntilTomorrow(new Date('2026-03-29T00:00:00')), 23 * HOUR_MS);
  assert.equal(msUntilTomorrow(new Date('2026-10-25T00:00:00')), 25 * HOUR_MS);
  assert.equal(dayLabel('2026-03-28', '2026-03-29'), 'Yesterday');
  assert.equal(dayLabel('2026-10-25', '2026-10-26'), 'Yesterday');
});
