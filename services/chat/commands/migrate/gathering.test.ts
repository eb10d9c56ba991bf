import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inGroups } from './gathering.ts';
import type { ReadMessage } from './spool.ts';

function messageOf(channel: string, id: string, root: string | null, isRoot = 0): ReadMessage {
  return { channel, id, root, isRoot, at: 0, username: 'ada', text: 'hi', reactions: [] };
}

const idsOf = (groups: Iterable<ReadMessage[]>) =>
  [...groups].map((group) => group.map(({ id }) => id));

test('a reply is in a later group than its root, and its channel keeps its order', () => {
  const messages = [
    messageOf('a', 'a1', null, 1),
    messageOf('b', 'b1', null),
    messageOf('a', 'a2', 'a1'),
    messageOf('a', 'a3', null, 1),
    messageOf('b', 'b2', 'b0'),
    messageOf('a', 'a4', 'a3'),
    messageOf('a', 'a5', 'a1'),
  ];
  assert.deepEqual(idsOf(inGroups(messages)), [
    ['a1', 'b1', 'b2'],
    ['a2', 'a3'],
    ['a4', 'a5'],
  ]);
});

test('a group has at most 500 messages, and all messages are in one group', () => {
  const messages = Array.from({ length: 1_234 }, (_, i) => {
    return messageOf('a', `${i}`, i % 100 === 99 ? `${i - 50}` : null, i % 100 === 49 ? 1 : 0);
  });
  const groups = [...inGroups(messages)];
  assert.ok(groups.every(({ length }) => length > 0 && length <= 500));
  assert.deepEqual(groups.flat(), messages);
  assert.deepEqual(idsOf(inGroups([])), []);
});
