import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@parley/client';
import { messagesByDay } from './day-messages.ts';

let seq = 0;

function messageBy(username: string, at: Date): Message {
  seq += 1;
  return {
    channel: 'general',
    epoch: 'e1',
    seq,
    id: `e1:${seq}`,
    kind: 'message',
    at: at.toISOString(),
    username,
    message: 'hi',
    up: 0,
    down: 0,
  };
}

test("messages are split at midnight in the reader's time zone", () => {
  const late = messageBy('omri', new Date(2025, 10, 19, 23, 59));
  const early = messageBy('omri', new Date(2025, 10, 20, 0, 1));
  assert.deepEqual(messagesByDay([late, early]), [
    { day: '2025-11-19', messages: [{ event: late, continues: false }] },
    { day: '2025-11-20', messages: [{ event: early, continues: false }] },
  ]);
});

test('a message continues the previous one of the same name, but not after a pause of 5 minutes', () => {
  const events = [
    messageBy('omri', new Date(2025, 10, 20, 9, 0)),
    messageBy('omri', new Date(2025, 10, 20, 9, 4)),
    messageBy('dana', new Date(2025, 10, 20, 9, 4)),
    messageBy('omri', new Date(2025, 10, 20, 9, 5)),
    messageBy('omri', new Date(2025, 10, 20, 9, 10)),
  ];
  const continued = messagesByDay(events).flatMap((day) => day.messages.map((m) => m.continues));
  assert.deepEqual(continued, [false, true, false, false, false]);
});
