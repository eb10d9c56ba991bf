import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message, Page } from '@parley/client';
import { EMPTY_HISTORY, type HistoryChange, historyAfter } from './channel-history.ts';
import { repliesIn, replyCount } from './reply-counts.ts';

const COMMON = { channel: 'general', epoch: 'e1', at: '2025-11-20T10:00:00.000Z' };

function message(seq: number, more: Partial<Message> = {}): Message {
  const id = `e1:${seq}`;
  return {
    ...COMMON,
    seq,
    id,
    kind: 'message',
    username: 'a',
    message: 'm',
    up: 0,
    down: 0,
    ...more,
  };
}

const arrived = (...events: Message[]): HistoryChange => ({ type: 'arrived', events });
const counts = (...changes: HistoryChange[]) => {
  const { events } = changes.reduce(historyAfter, EMPTY_HISTORY);
  return Object.fromEntries(
    events.map((event) => [event.seq, replyCount(event, repliesIn(events))]),
  );
};

test('the replies to a message of the stream are those in the stream', () => {
  const reply = message(3, { replyTo: 1 });
  assert.deepEqual(counts(arrived(message(1, { replies: 9 }), message(2), reply)), {
    1: 1,
    2: 0,
    3: 0,
  });
  const gone = message(4, { replyTo: 1, deleted: true });
  assert.deepEqual(counts(arrived(message(1), reply, gone)), { 1: 1, 3: 0, 4: 0 });
});

test('to the count of a page come the replies after the page', () => {
  const page: Page = {
    channel: 'general',
    epoch: 'e1',
    head: 6,
    events: [message(1, { replies: 2 }), message(2)],
    next: null,
  };
  const live = [message(5, { replyTo: 1 }), message(6), message(7, { replyTo: 1 })];
  const shown = counts(arrived(...live), { type: 'earlier', page });
  assert.deepEqual([shown[1], shown[2]], [3, 0]);
});
