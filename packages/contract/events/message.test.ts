import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDraft } from './message.ts';

test('the name is trimmed and the text is kept as given', () => {
  assert.deepEqual(parseDraft({ username: '\t omri\u00a0', message: '  hi\n\tthere ' }), {
    username: 'omri',
    message: '  hi\n\tthere ',
  });
});

test('lengths count code points, up to and including the limit', () => {
  const username = '😀'.repeat(64);
  const message = '😀'.repeat(4_000);
  assert.deepEqual(parseDraft({ username, message }), { username, message });
  assert.throws(() => parseDraft({ username: `${username}a`, message }), {
    code: 'invalid-username',
  });
  assert.throws(() => parseDraft({ username, message: `${message}a` }), {
    code: 'invalid-message',
    message: /^The message has more than 4000 characters;/,
  });
});

test('spaces around a name do not count', () => {
  const username = 'a'.repeat(64);
  assert.equal(parseDraft({ username: `  ${username}  `, message: 'm' }).username, username);
});

const REFUSED: [what: string, value: unknown, fault: RegExp][] = [
  ['nothing', undefined, /is missing or not text/],
  ['a number', 7, /is missing or not text/],
  ['a list', ['a', 'b'], /is missing or not text/],
  ['an empty text', '', /is empty/],
  ['half a surrogate pair', 'a\ud83d', /half a surrogate pair/],
  ['a NUL', 'a\0b', /control character/],
  ['an escape sequence', '\u001b[2J', /control character/],
  ['a C1 control character', 'a\u0085b', /control character/],
];

for (const [what, value, fault] of REFUSED) {
  test(`${what} is refused as a name and as a message, with the reason`, () => {
    assert.throws(() => parseDraft({ username: value, message: 'm' }), {
      code: 'invalid-username',
      message: fault,
    });
    assert.throws(() => parseDraft({ username: 'u', message: value }), {
      code: 'invalid-message',
      message: fault,
    });
  });
}

test('CR LF and CR become LF', () => {
  const draft = parseDraft({ username: 'a\r\nb', message: '\r\n\r\na\rb\n' });
  assert.deepEqual(draft, { username: 'a\nb', message: '\n\na\nb\n' });
});

test('a name of only spaces is empty, but a message may be only spaces', () => {
  assert.throws(() => parseDraft({ username: '  ', message: 'm' }), /is empty/);
  assert.equal(parseDraft({ username: 'u', message: ' ' }).message, ' ');
});
