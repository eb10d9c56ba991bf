import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseChannel } from './channel.ts';

for (const name of [
  'a',
  '7',
  'general',
  'Team-1_x.y',
  'größe',
  '日本語',
  'ا',
  '𝒳',
  'a'.repeat(64),
]) {
  test(`"${name}" is a channel name, and is kept as it is`, () => {
    assert.equal(parseChannel(name), name);
  });
}

const INVALID: [what: string, value: unknown][] = [
  ['an empty name', ''],
  ['65 characters', 'a'.repeat(65)],
  ['a leading dot', '.well-known'],
  ['a leading hyphen', '-a'],
  ['a space', 'a b'],
  ['a slash', 'a/b'],
  ['an MQTT wildcard', 'a#'],
  ['a newline at the end', 'a\n'],
  ['a combining mark', 'e\u0301'],
  ['a list of names', ['general']],
  ['nothing', undefined],
];

for (const [what, value] of INVALID) {
  test(`${what} is no channel name`, () => {
    assert.throws(() => parseChannel(value), { name: 'ChatError', code: 'invalid-channel' });
  });
}

test('a path of the API is no channel name, whatever its case', () => {
  for (const name of ['chat', 'Chat', 'HEALTHZ', 'index.html']) {
    assert.throws(() => parseChannel(name), { code: 'reserved-channel' });
  }
  assert.equal(parseChannel('chats'), 'chats');
});
