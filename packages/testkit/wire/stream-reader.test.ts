import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent } from '@parley/contract/events/event.ts';
import {
  encodeEventFrame,
  encodeHelloFrame,
  encodeResetFrame,
  encodeRetryLine,
  HEARTBEAT_EVENT_FRAME,
  HEARTBEAT_FRAME,
} from '@parley/contract/streams/sse.ts';
import { Documents } from './documents.ts';
import { EventsContract } from './events-contract.ts';
import { StreamReader } from './stream-reader.ts';

const contract = new EventsContract(new Documents());

const event = (seq: number): ChatEvent => ({
  channel: '東京',
  epoch: 'e',
  seq,
  id: `e:${seq}`,
  kind: 'message',
  at: '2026-11-20T17:42:21.247Z',
  username: 'omri',
  message: 'hi\u2028ho',
  up: 0,
  down: 0,
});
const vote = (seq: number) => {
  const { channel, epoch, id, at } = event(seq);
  return encodeEventFrame({ channel, epoch, seq, id, at, kind: 'vote', ref: 1, up: 1, down: 0 });
};
const HELLO = encodeHelloFrame({
  server: 'a',
  channel: '東京',
  epoch: 'e',
  head: 4,
  stream: 'i.s',
});
const PLACED = HELLO.replace('\n\n', '\nid: e:4\n\n');
const RESET = encodeResetFrame({ reason: 'epoch', history: '/chat/%E6%9D%B1/events' });

function faults(text: string, size = text.length * 3, options = {}): string[] {
  const reader = new StreamReader(contract, options);
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
  return pieces.flatMap((piece) => reader.push(piece));
}

test('a documented stream has no faults, in pieces of any size', () => {
  const events = encodeEventFrame(event(3)) + HEARTBEAT_FRAME + encodeEventFrame(event(4));
  const text =
    HEARTBEAT_FRAME +
    encodeRetryLine(500) +
    HELLO +
    events +
    HEARTBEAT_EVENT_FRAME +
    RESET +
    encodeEventFrame(event(1)) +
    encodeRetryLine(500);
  for (const size of [1, 5, 1_000]) assert.deepEqual(faults(text, size), []);
});

test('events of another form, order or type are found', () => {
  const [first, third] = [encodeEventFrame(event(1)), encodeEventFrame(event(3))];
  const cases: [text: string, fault: RegExp][] = [
    [HELLO + third + first, /event 1 comes after 3/],
    [HELLO + third + third, /event 3 comes after 3/],
    [first + HELLO, /event "message" where hello comes first/],
    [HELLO + HELLO, /event "hello" where hello comes first, once/],
    [HELLO + first.replace('id: e:1', 'id: e:2'), /event e:1 has the id e:2/],
    [HELLO + first.replace('"up"', '"more":1,"up"'), /event "message":.*\(more\)/],
    [HELLO.replace('"head":4', '"head":"4"'), /event "hello": \/head/],
    [HELLO + RESET.replace('"epoch"', '"because"'), /event "reset": \/reason/],
    [`${HELLO}event: gossip\ndata: {}\n\n`, /event "gossip" is not described/],
    [HELLO + third + vote(2), /event 2 comes after 3/],
    [HELLO + vote(2).replace('id: e:2', 'id: e:3'), /event e:2 has the id e:3/],
    [PLACED, /event "hello" has an id/],
    [`${HELLO}more: 1\n\n`, /field "more"/],
    [`${HELLO}retry: 1\n\n`, /a block without data/],
    [`${HELLO}:\n\n`, /a block without data/],
  ];
  for (const [text, fault] of cases) assert.match(faults(text).join('\n'), fault);
  const placed = { placed: true };
  assert.deepEqual(faults(PLACED, PLACED.length, placed), []);
  const wrong = PLACED.replace('id: e:4', 'id: e:3');
  assert.deepEqual(faults(wrong, wrong.length, placed), ['hello has the id e:3']);
});
