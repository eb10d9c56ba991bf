import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChatEvent, type ChatMessage, EVENT_KINDS, encodeEvent, parseEvent } from './event.ts';

const EVENT: ChatEvent = {
  channel: 'general',
  epoch: 'e1',
  seq: 3,
  id: 'e1:3',
  kind: 'message',
  at: '2018-02-25T14:00:51.000Z',
  username: 'omri',
  message: 'hi\u2028everybody!',
  up: 0,
  down: 0,
};

test('an event is read as it was written', () => {
  assert.deepEqual(parseEvent(JSON.stringify(EVENT)), EVENT);
});

test('fields of a later version are left out', () => {
  assert.deepEqual(parseEvent(JSON.stringify({ ...EVENT, colour: 'red' })), EVENT);
});

for (const name of Object.keys(EVENT)) {
  test(`an event without its ${name} is refused`, () => {
    assert.throws(() => parseEvent(JSON.stringify({ ...EVENT, [name]: undefined })), {
      name: 'ZodError',
    });
  });
}

const WRONG: Record<string, unknown[]> = {
  channel: ['', 7],
  epoch: ['', null],
  seq: [0, 1.5, '3'],
  id: ['', 3],
  kind: ['vote', 'other'],
  edited: [7],
  deleted: [false],
  at: [1_519_567_251_987],
  username: [null],
  message: [7],
  up: [-1, '0'],
  down: [-1, 0.5],
  reactions: [{ '👍': 0 }, { '👍': '1' }, ['👍']],
  mine: ['👍', [1]],
};

for (const [name, values] of Object.entries(WRONG)) {
  test(`an event with an impossible ${name} is refused`, () => {
    for (const value of values) {
      assert.throws(() => parseEvent(JSON.stringify({ ...EVENT, [name]: value })), {
        name: 'ZodError',
      });
    }
  });
}

test('text that is not JSON is refused', () => {
  assert.throws(() => parseEvent('{"seq":'), SyntaxError);
});

const { username: _, message: __, up: ___, down: ____, ...common } = EVENT as ChatMessage;
const OTHERS: ChatEvent[] = [
  { ...common, kind: 'event', type: 'order.shipped', username: 'ada', data: '{"2":1,"1":2}' },
  { ...common, kind: 'vote', ref: 1, up: 2, down: 0 },
  { ...common, kind: 'reaction', ref: 1, emoji: '👍', count: 0 },
  { ...common, kind: 'edit', ref: 1, message: 'ho' },
  { ...common, kind: 'delete', ref: 1 },
  { ...common, kind: 'close' },
  { ...common, kind: 'reopen' },
];

test('every kind is read as it was written', () => {
  const archives: ChatEvent = { ...common, kind: 'close', archived: true };
  for (const event of [...OTHERS, archives])
    assert.deepEqual(parseEvent(encodeEvent(event)), event);
  assert.deepEqual(
    [EVENT, ...OTHERS].map(({ kind }) => kind),
    [...EVENT_KINDS],
  );
});

test('the data of an event is written as it is, as its last field', () => {
  const data = '{"b":12345678901234567890,"10":1,"9":[1.50,"\\u00e9"]}';
  const event: ChatEvent = { ...common, kind: 'event', type: 'sensor', data };
  assert.ok(encodeEvent(event).endsWith(`,"data":${data}}`));
  assert.deepEqual(parseEvent(encodeEvent(event)), event);
  const message: ChatEvent = { ...(EVENT as ChatMessage), data };
  assert.deepEqual(parseEvent(encodeEvent(message)), message);
});
