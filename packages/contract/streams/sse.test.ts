import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent } from '../events/event.ts';
import {
  decodeEventFrame,
  encodeEventFrame,
  encodeHelloFrame,
  encodeResetFrame,
  encodeRetryLine,
  HEARTBEAT_EVENT_FRAME,
  HEARTBEAT_FRAME,
} from './sse.ts';

/** Every line ending of an event stream, and other characters that a reader might treat as one. */
const NASTY = 'a\nb\rc\r\nd\n\nid: x:9\n\u2028\u2029\u0085\v\f"\\ data: 😀';

const EVENT: ChatEvent = {
  channel: 'general',
  epoch: 'e1',
  seq: 3,
  id: 'e1:3',
  kind: 'message',
  at: '2018-02-25T14:00:51.000Z',
  username: NASTY,
  message: NASTY,
  up: 0,
  down: 0,
};

/** The fields of a frame, split as WHATWG HTML section 9.2.6 splits lines. */
function fieldsOf(frame: string): [name: string, value: string][] {
  const lines = frame.split(/\r\n|\n|\r/);
  assert.deepEqual(lines.slice(-2), ['', ''], 'a frame ends with one empty line');
  return lines.slice(0, -2).map((line) => {
    const [, name = '', value = ''] = /^([^:]*): ?(.*)$/s.exec(line) ?? [];
    return [name, value];
  });
}

test('an event is one data line and then its id, with any characters in its texts', () => {
  const [data, id, ...rest] = fieldsOf(encodeEventFrame(EVENT));
  assert.deepEqual(id, ['id', 'e1:3']);
  assert.equal(data?.[0], 'data');
  assert.deepEqual(JSON.parse(data?.[1] ?? ''), EVENT);
  assert.deepEqual(rest, []);
});

test('hello and reset have an event name, and an id only where hello was asked for one', () => {
  const hello = { server: NASTY, channel: 'general', epoch: null, head: 0, stream: 'i.s' };
  const reset = { reason: 'ahead', history: '/chat/general/events' } as const;
  for (const [name, frame, value] of [
    ['hello', encodeHelloFrame(hello), hello],
    ['reset', encodeResetFrame(reset), reset],
  ] as const) {
    const [event, data, ...rest] = fieldsOf(frame);
    assert.deepEqual(event, ['event', name]);
    assert.equal(data?.[0], 'data');
    assert.deepEqual(JSON.parse(data?.[1] ?? ''), value);
    assert.deepEqual(rest, []);
  }
  const [, , ...placed] = fieldsOf(encodeHelloFrame(hello, undefined, 'e1:3'));
  assert.deepEqual(placed, [['id', 'e1:3']]);
});

test('retry has whole milliseconds, since readers ignore fractions, and no block of its own', () => {
  assert.equal(encodeRetryLine(1234.56), 'retry: 1235\n');
  const hello = { server: 's', channel: 'general', epoch: null, head: 0, stream: 'i.s' };
  const [retry, event] = fieldsOf(encodeHelloFrame(hello, 1234.56));
  assert.deepEqual(
    [retry, event],
    [
      ['retry', '1235'],
      ['event', 'hello'],
    ],
  );
});

test('a heartbeat is a comment line without a block, or an event for a reader that asks for it', () => {
  assert.equal(HEARTBEAT_FRAME, ':\n');
  assert.deepEqual(fieldsOf(HEARTBEAT_EVENT_FRAME), [
    ['event', 'heartbeat'],
    ['data', '{}'],
  ]);
});

test('an event that is not a message is named by its kind and has its id', () => {
  const { channel, epoch, seq, id, at } = EVENT;
  const vote: ChatEvent = { channel, epoch, seq, id, at, kind: 'vote', ref: 1, up: 2, down: 0 };
  const [name, data, idLine, ...rest] = fieldsOf(encodeEventFrame(vote));
  assert.deepEqual([idLine, name, rest], [['id', 'e1:3'], ['event', 'vote'], []]);
  assert.deepEqual(JSON.parse(data?.[1] ?? ''), vote);
  for (const event of [vote, EVENT]) {
    assert.deepEqual(decodeEventFrame(encodeEventFrame(event)), event);
  }
});
