import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent, ChatMessage } from './event.ts';
import {
  encodeTranscript,
  encodeTranscriptLine,
  openTranscriptClock,
  parseTranscriptLine,
} from './transcript.ts';

function messageOf(username: string, message: string): ChatMessage {
  return {
    channel: 'general',
    epoch: 'e1',
    seq: 1,
    id: 'e1:1',
    kind: 'message',
    at: '2018-02-25T14:00:51.987Z',
    username,
    message,
    up: 0,
    down: 0,
  };
}

test('a line is the time in brackets, the name and the text', () => {
  assert.equal(
    encodeTranscriptLine(messageOf('omri', 'hi everybody!'), openTranscriptClock('UTC')),
    '[2018-02-25 14:00:51] omri: hi everybody!\n',
  );
});

const ESCAPES = {
  '\n': '\\n',
  '\r': '\\r',
  '\v': '\\v',
  '\f': '\\f',
  '\u0085': '\\u0085',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

for (const [separator, escaped] of Object.entries(ESCAPES)) {
  test(`a name or a text with ${escaped} cannot start a new line`, () => {
    const forged = `a${separator}${separator}b`;
    assert.equal(
      encodeTranscriptLine(messageOf(forged, forged), () => 'now'),
      `[now] a${escaped}${escaped}b: a${escaped}${escaped}b\n`,
    );
  });
}

test('a tab and text of any script stay as they are', () => {
  const text = 'a\tb 日本語 😀 "quoted" C:\\Users \\r \\v';
  assert.equal(
    encodeTranscriptLine(messageOf('u', text), () => 'now'),
    `[now] u: ${text}\n`,
  );
});

test('a name with ": " and a backslash before a letter are escaped and come back', () => {
  const cases: [username: string, message: string, line: string][] = [
    ['ada: I resign', 'today', 'ada\\u003a I resign: today'],
    ['ada:\u00a0I resign', 'today', 'ada\\u003a\u00a0I resign: today'],
    ['ada:', 'a: b', 'ada:: a: b'],
    ['::', ': ', '::: : '],
    ['bot:7', 'open C:\\new\\data', 'bot:7: open C:\\u005cnew\\data'],
    ['u', 'use \\r\\n or \\v', 'u: use \\r\\u005cn or \\v'],
    ['u', '\\\n\\\\n\\u005c\\u2028', 'u: \\\\n\\\\u005cn\\u005cu005c\\u005cu2028'],
  ];
  for (const [username, message, line] of cases) {
    const written = encodeTranscriptLine(messageOf(username, message), () => '2018-02-25 14:00:51');
    assert.equal(written, `[2018-02-25 14:00:51] ${line}\n`);
    const { localTime: _, ...read } = parseTranscriptLine(written.slice(0, -1)) ?? {};
    assert.deepEqual(read, { username, message });
  }
});

test('a line of an older transcript, without escaped backslashes, keeps its text', () => {
  const parsed = parseTranscriptLine(
    '[2018-02-25 14:00:51] u: a\\nb C:\\Users \\r \\f \\u0085 \\\\x',
  );
  assert.equal(parsed?.message, 'a\nb C:\\Users \\r \\f \\u0085 \\\\x');
});

test('the code for UTC and the code for other zones write the same times', () => {
  for (const at of ['2018-02-25T00:00:00.000Z', '1999-12-31T23:59:59.999Z']) {
    assert.equal(openTranscriptClock('Etc/UTC')(at), openTranscriptClock('UTC')(at));
  }
});

test('a zone moves the time, and the day with it', () => {
  assert.equal(openTranscriptClock('Asia/Kolkata')('2018-12-31T23:59:59Z'), '2019-01-01 05:29:59');
  assert.equal(
    openTranscriptClock('America/New_York')('2018-01-01T00:00:00Z'),
    '2017-12-31 19:00:00',
  );
});

test('midnight is hour 00', () => {
  assert.equal(openTranscriptClock('Europe/Berlin')('2018-01-31T23:00:00Z'), '2018-02-01 00:00:00');
});

test('summer time begins and ends at the right moments', () => {
  const berlin = openTranscriptClock('Europe/Berlin');
  assert.equal(berlin('2018-03-25T00:59:59Z'), '2018-03-25 01:59:59');
  assert.equal(berlin('2018-03-25T01:00:00Z'), '2018-03-25 03:00:00');
  assert.equal(berlin('2018-10-28T00:59:59Z'), '2018-10-28 02:59:59');
  assert.equal(berlin('2018-10-28T01:00:00Z'), '2018-10-28 02:00:00');
});

test('an unknown zone is refused when the clock is opened', () => {
  assert.throws(() => openTranscriptClock('Mars/Olympus'), RangeError);
});

test('only messages make lines, and deleted messages make none', () => {
  const deleted: ChatMessage = { ...messageOf('omri', ''), deleted: true };
  const { channel, epoch, seq, id, at } = deleted;
  const change: ChatEvent = { channel, epoch, seq, id, at, kind: 'edit', ref: 1, message: 'x' };
  const events = [messageOf('ada', 'a'), deleted, change, messageOf('eve', 'b')];
  assert.equal(
    encodeTranscript(events, openTranscriptClock('UTC')),
    '[2018-02-25 14:00:51] ada: a\n[2018-02-25 14:00:51] eve: b\n',
  );
});
