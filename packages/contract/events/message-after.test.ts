import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatMessage } from './event.ts';
import { messageAfter } from './message-after.ts';

const commonOf = (seq: number) => ({
  channel: 'general',
  epoch: 'e1',
  seq,
  id: `e1:${seq}`,
  at: `2018-02-25T14:00:0${seq}.000Z`,
});
const MESSAGE: ChatMessage = {
  ...commonOf(1),
  kind: 'message',
  username: 'omri',
  message: 'hi',
  up: 1,
  down: 0,
};

test('a reaction sets its count in its place, and 0 takes it away', () => {
  const steps = [
    ['👍', 1, { '👍': 1 }],
    ['🎉', 1, { '👍': 1, '🎉': 1 }],
    ['👍', 2, { '👍': 2, '🎉': 1 }],
    ['👍', 0, { '🎉': 1 }],
    ['👍', 1, { '🎉': 1, '👍': 1 }],
    ['🎉', 0, { '👍': 1 }],
    ['👍', 0, undefined],
  ] as const;
  let message = MESSAGE;
  for (const [emoji, count, reactions] of steps) {
    message = messageAfter(message, { ...commonOf(2), kind: 'reaction', ref: 1, emoji, count });
    const expected = reactions === undefined ? MESSAGE : { ...MESSAGE, reactions };
    assert.equal(JSON.stringify(message), JSON.stringify(expected));
  }
});

test('a vote sets tallies, an edit sets text and time, a delete keeps only author and time of the message', () => {
  const voted = messageAfter(MESSAGE, { ...commonOf(2), kind: 'vote', ref: 1, up: 3, down: 2 });
  assert.deepEqual(voted, { ...MESSAGE, up: 3, down: 2 });
  const reaction = { ...commonOf(3), kind: 'reaction', ref: 1, emoji: '👍', count: 1 } as const;
  const edited = messageAfter(voted, { ...commonOf(3), kind: 'edit', ref: 1, message: 'ho' });
  assert.deepEqual(edited, { ...voted, message: 'ho', edited: '2018-02-25T14:00:03.000Z' });
  const deleted = messageAfter(messageAfter(edited, reaction), {
    ...commonOf(4),
    kind: 'delete',
    ref: 1,
  });
  assert.deepEqual(deleted, { ...MESSAGE, message: '', up: 0, down: 0, deleted: true });
});
