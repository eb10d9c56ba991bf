import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeAgo } from './time-ago.ts';

test('the past is given in the largest unit that fits', () => {
  const now = Date.parse('2025-11-20T12:00:00Z');
  const ago = (at: string) => timeAgo(at, now);
  assert.equal(ago('2025-11-20T11:59:01Z'), 'just now');
  assert.equal(
    ago('2025-11-20T12:00:30Z'),
    'just now',
    'the clock may be a little behind the server',
  );
  assert.equal(ago('2025-11-20T11:59:00Z'), '1 min ago');
  assert.equal(ago('2025-11-20T09:00:01Z'), '2 h ago');
  assert.equal(ago('2025-11-17T12:00:00Z'), '3 d ago');
  assert.match(ago('2024-02-25T12:00:00Z'), /2024/);
});
