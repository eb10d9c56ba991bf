import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Documents } from './documents.ts';
import { EventsContract } from './events-contract.ts';
import { isStreamSocket, SocketTap } from './socket-tap.ts';

const contract = new EventsContract(new Documents());
const FIN_TEXT = 0x81;
const FIN_CLOSE = 0x88;

/** A short frame (RFC 6455 section 5.2); a client's has a mask. */
function frame(first: number, text: string, mask?: number[]): Buffer {
  const payload = Buffer.from(text);
  const masked = payload.map((byte, i) => byte ^ (mask?.[i % 4] ?? 0));
  const size = payload.length < 126 ? [payload.length] : [126, 0, payload.length];
  const [length = 0, ...more] = size;
  return Buffer.concat([
    Buffer.from([first, length | (mask ? 0x80 : 0), ...more, ...(mask ?? [])]),
    masked,
  ]);
}

const HELLO = { type: 'hello', server: 'a', channel: 'lobby', epoch: 'e', head: 4, stream: 'i.s' };
const HELLO_MANY = { type: 'hello', server: 'a', channels: [], stream: 'i.s' };
const vote = (seq: number) => ({
  channel: 'lobby',
  epoch: 'e',
  seq,
  id: `e:${seq}`,
  kind: 'vote',
  at: '2026-11-20T17:42:21.247Z',
  ref: 1,
  up: 1,
  down: 0,
});
const SAID = { type: 'message', username: 'ada', message: 'hi' };
const SUBSCRIBE = { type: 'subscribe', channel: 'lobby' };
const SUBSCRIBED = { type: 'subscribed', channel: 'lobby', epoch: 'e', head: 4 };

/** The sender of a text, and the text or the value that it contains. */
type Text = ['client' | 'parley', unknown];

function faults(target: string, texts: Text[], headers: [string, string][] = []): string[] {
  const found: string[] = [];
  const opening = { method: 'GET', target, headers: new Map(headers), complete: true };
  const tap = new SocketTap(contract, opening, (fault) => found.push(fault));
  for (const [sender, value] of texts) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (sender === 'parley') tap.response(frame(FIN_TEXT, text));
    // Frames can come in pieces.
    else for (const byte of frame(FIN_TEXT, text, [1, 2, 3, 4])) tap.request(Buffer.from([byte]));
  }
  return found;
}

const ONE = '/broadcast/lobby/ws';
const MANY = '/broadcast/ws?presence=0';

test('only the WebSockets of streams are read', () => {
  for (const target of [ONE, MANY, '/broadcast/ws']) assert.ok(isStreamSocket(target), target);
  for (const target of ['/mqtt', '/broadcast/lobby', '/broadcast/a/b/ws', '/broadcast?channel=/ws'])
    assert.ok(!isStreamSocket(target), target);
});

test('a documented conversation has no faults', () => {
  const one: Text[] = [
    ['parley', HELLO],
    ['client', SAID],
    ['client', '{'],
    ['client', { type: 'moved', data: { x: 1 } }],
    ['parley', { type: 'ack', seq: 5 }],
    ['parley', { type: 'error', code: 'malformed-json', detail: 'd' }],
    ['parley', vote(6)],
    ['parley', { type: 'ack', seq: 7 }],
    ['parley', { type: 'reset', reason: 'epoch', history: '/chat/lobby/events' }],
    ['parley', vote(1)],
    ['parley', { type: 'retry', ms: 5 }],
  ];
  assert.deepEqual(faults(ONE, one), []);
  const many: Text[] = [
    ['parley', HELLO_MANY],
    ['client', SUBSCRIBE],
    ['client', SUBSCRIBE],
    ['client', { ...SAID, channel: 'other' }],
    ['parley', SUBSCRIBED],
    ['parley', vote(5)],
    ['parley', { type: 'error', channel: 'lobby', code: 'invalid-query', detail: 'd' }],
    ['parley', { type: 'ack', channel: 'other', seq: 1 }],
    ['client', { type: 'unsubscribe', channel: 'lobby' }],
    ['parley', { type: 'unsubscribed', channel: 'lobby' }],
    ['client', SUBSCRIBE],
    ['parley', SUBSCRIBED],
    ['parley', vote(2)],
    ['parley', { type: 'reset', channel: 'lobby', reason: 'forbidden' }],
  ];
  assert.deepEqual(faults(MANY, many), []);
});

test('texts of another form, order or channel are found', () => {
  const ack = { type: 'ack', seq: 5 };
  const cases: [target: string, texts: Text[], fault: RegExp][] = [
    [ONE, [['parley', { ...HELLO, more: 1 }]], /"hello": .*\(more\)/],
    [ONE, [['parley', HELLO_MANY]], /"hello": .*channel/],
    [MANY, [['parley', HELLO]], /"hello": .*channels/],
    [ONE, [['parley', { type: 'gossip' }]], /"gossip" is not described/],
    [ONE, [['parley', { ...vote(1), type: 'vote' }]], /"vote": .*\(type\)/],
    [ONE, [['parley', vote(1)]], /"vote" where hello comes first/],
    [
      ONE,
      [
        ['parley', HELLO],
        ['parley', vote(3)],
        ['parley', vote(3)],
      ],
      /3 comes after 3/,
    ],
    [
      ONE,
      [
        ['parley', HELLO],
        ['parley', ack],
      ],
      /"ack" answers nothing/,
    ],
    [
      ONE,
      [
        ['client', SAID],
        ['parley', { ...ack, channel: 'lobby' }],
      ],
      /"ack": .*\(channel\)/,
    ],
    [
      ONE,
      [
        ['client', { ...SAID, key: 5 }],
        ['parley', ack],
      ],
      /accepted, though "message": \/key/,
    ],
    [
      ONE,
      [
        ['client', { type: 'message', message: 'hi' }],
        ['parley', ack],
      ],
      /has no username/,
    ],
    [
      ONE,
      [
        ['client', '{'],
        ['parley', ack],
      ],
      /\{: accepted, though /,
    ],
    [
      ONE,
      [
        ['client', { type: 'vote' }],
        ['parley', ack],
      ],
      /accepted, though "vote" is not/,
    ],
    [
      ONE,
      [
        ['client', SAID],
        ['parley', { type: 'error', code: 'invalid-message', detail: 'd' }],
      ],
      /refused as invalid-message, though it is as described/,
    ],
    [
      MANY,
      [
        ['parley', HELLO_MANY],
        ['parley', vote(1)],
      ],
      /"vote" of a channel that is not subscr/,
    ],
    [
      MANY,
      [
        ['client', SUBSCRIBE],
        ['parley', { ...ack, channel: 'a' }],
      ],
      /answered by "ack"/,
    ],
    [
      MANY,
      [
        ['client', SUBSCRIBE],
        ['parley', { type: 'error', code: 'invalid-query', detail: 'd' }],
      ],
      /refused as invalid-query/,
    ],
  ];
  for (const [target, texts, fault] of cases) assert.match(faults(target, texts).join('\n'), fault);
});

test('a client that shows a token may leave out its name', () => {
  const texts: Text[] = [
    ['parley', HELLO],
    ['client', { type: 'message', message: 'hi' }],
    ['parley', { type: 'ack', seq: 5 }],
  ];
  assert.deepEqual(faults(ONE, texts, [['authorization', 'Bearer x']]), []);
  assert.deepEqual(faults(`${ONE}?ticket=x`, texts), []);
});

test('frames that break the protocol are found where Parley sends them', async () => {
  const found: string[] = [];
  const opening = { method: 'GET', target: ONE, headers: new Map(), complete: true };
  const read = () => new SocketTap(contract, opening, (fault) => found.push(fault));
  read().request(frame(FIN_TEXT, 'without a mask'));
  assert.deepEqual(found, []);
  read().response(frame(FIN_TEXT, '{}', [1, 2, 3, 4]));
  const ended = read();
  ended.response(frame(FIN_CLOSE, ''));
  ended.response(frame(FIN_TEXT, '{}'));
  await nextTurn();
  assert.deepEqual(found, [
    'bytes after the last frame',
    'Invalid WebSocket frame: MASK must be clear',
  ]);
});
