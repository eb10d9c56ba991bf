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
  'हिन्दी',
  'தமிழ்',
  'ไม้เอก',
  'বাংলা',
  'မြန်မာ',
  'ភាសាខ្មែរ',
  'שָׁלוֹם',
  'العَرَبِيَّة',
  'తెలుగు',
  'བོད-སྐད',
]) {
  test(`"${name}" is a channel name and is kept unchanged`, () => {
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
  ['a combining mark alone', '\u0301'],
  ['a Hangul filler', '\u3164'],
  ['a jamo filler', '\u1160a'],
  ['a letter with a variation selector', 'a\ufe0f'],
  ['a grapheme joiner', 'a\u034fb'],
  ['an invisible Khmer vowel', 'ក\u17b4'],
  ['a blank hieroglyph', '\u{13441}'],
  ['a braille blank', 'a\u2800'],
  ['a change of direction', 'a\u202eb'],
  ['a zero-width joiner', 'a\u200db'],
  ['20,000 marks', `a${'\u0301\u0316'.repeat(10_000)}`],
  ['a list of names', ['general']],
  ['nothing', undefined],
];

for (const [what, value] of INVALID) {
  test(`${what} is not a channel name`, () => {
    assert.throws(() => parseChannel(value), { name: 'ChatError', code: 'invalid-channel' });
  });
}

test('a path of the API is not a channel name, in upper or lower case', () => {
  for (const name of ['chat', 'Chat', 'HEALTHZ', 'index.html']) {
    assert.throws(() => parseChannel(name), { code: 'reserved-channel' });
  }
  assert.equal(parseChannel('chats'), 'chats');
});

const FORMS: [typed: string, name: string][] = [
  ['Ku\u0308che', 'Küche'],
  ['\u1112\u1161\u11ab\u1100\u1173\u11af', '한글'],
  ['\u212bngstro\u0308m', 'Ångström'],
  ['\u05e9\u05b8\u05c1', '\u05e9\u05c1\u05b8'.normalize('NFC')],
  [`a${'e\u0301'.repeat(63)}`, `a${'é'.repeat(63)}`],
];

for (const [typed, name] of FORMS) {
  test(`${typed} is the channel ${name} in every Unicode form`, () => {
    assert.equal(parseChannel(typed), name);
    assert.equal(parseChannel(name), name);
  });
}
