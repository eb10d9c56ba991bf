import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Status, type StatusChange, statusAfter } from './status.ts';

const after = (...changes: StatusChange[]) =>
  changes.reduce<Status>(statusAfter, { state: 'connecting' });

test('messages between a break and the next time that the channel is live are missed ones', () => {
  const missed = after(
    'message',
    'live',
    'message',
    'broken',
    'broken',
    'message',
    'message',
    'live',
  );
  assert.equal(missed.state, 'resumed');
  assert.equal('missed' in missed && missed.missed, 2);
  assert.deepEqual(statusAfter(missed, 'live'), missed);
  assert.deepEqual(statusAfter(missed, 'message'), missed);
});

test('a page that was never live is connecting, not reconnecting', () => {
  assert.deepEqual(after('broken'), { state: 'connecting' });
  assert.deepEqual(after('broken', 'live'), { state: 'live' });
});
