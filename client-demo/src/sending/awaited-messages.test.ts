import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@parley/client';
import { awaitedMessages } from './awaited-messages.ts';
import type { UnsentMessage } from './unsent-messages.ts';

function unsent(key: string, message: string, after: number): UnsentMessage {
  return { key, channel: 'general', username: 'omri', message, after, attempts: 1 };
}

function event(seq: number, message: string, username = 'omri'): Message {
  return {
    channel: 'general',
    epoch: 'e1',
    seq,
    id: `e1:${seq}`,
    kind: 'message',
    at: '2025-11-20T10:00:00.000Z',
    username,
    message,
    up: 0,
    down: 0,
  };
}

function keys(messages: UnsentMessage[]): string[] {
  return messages.map(({ key }) => key);
}

test('a message whose answer was lost is not shown beside its own event', () => {
  assert.deepEqual(awaitedMessages([unsent('a', 'hi', 4)], [event(4, 'ho'), event(5, 'hi')]), []);
});

test('an older event and the event of another name are not taken for the message', () => {
  const events = [event(4, 'hi'), event(5, 'hi', 'dana'), event(6, 'hi!')];
  assert.deepEqual(keys(awaitedMessages([unsent('a', 'hi', 4)], events)), ['a']);
});

test('one event matches one message, even if the same text was sent twice', () => {
  const twice = [unsent('a', 'ok', 4), unsent('b', 'ok', 4)];
  assert.deepEqual(keys(awaitedMessages(twice, [event(5, 'ok')])), ['b']);
  assert.deepEqual(awaitedMessages(twice, [event(5, 'ok'), event(6, 'ok')]), []);
});

test('a refused message stays, even if an event has the same text', () => {
  const refused = { ...unsent('a', 'hi', 4), refusal: 'no' };
  assert.deepEqual(awaitedMessages([refused], [event(5, 'hi')]), [refused]);
});
