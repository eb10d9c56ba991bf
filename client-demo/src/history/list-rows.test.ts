import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@parley/client';
import { listRows } from './list-rows.ts';

function message(seq: number, day: number): Message {
  return {
    channel: 'general',
    epoch: 'e1',
    seq,
    id: `e1:${seq}`,
    kind: 'message',
    at: new Date(2025, 10, day, 12).toISOString(),
    username: 'omri',
    message: 'hi',
    up: 0,
    down: 0,
  };
}

test('each day has a row before its messages, and keys stay when rows are added or removed', () => {
  const events = [message(1, 19), message(2, 20), message(3, 20)];
  const keys = ['2025-11-19', 'e1:1', '2025-11-20', 'e1:2', 'e1:3'];
  assert.deepEqual(
    listRows(events).map(({ key }) => key),
    keys,
  );
  assert.deepEqual(
    listRows(events.slice(1)).map(({ key }) => key),
    keys.slice(2),
  );
});
