import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseEmoji } from './reaction.ts';

const EMOJI = [
  '👍',
  '❤️',
  '👍🏽',
  '☝️',
  '☝🏿',
  '1️⃣',
  '#️⃣',
  '🇩🇪',
  '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  '🏳️‍🌈',
  '👩‍👩‍👧‍👦',
  '🧑🏻‍❤️‍💋‍🧑🏿',
  '👁️‍🗨️',
  '🕵️‍♀️',
  '🕵🏽‍♀️',
  '©️',
];

test('an emoji is the same with and without Variation Selector-16: the fully qualified one', () => {
  for (const emoji of EMOJI) {
    assert.equal(parseEmoji(emoji), emoji);
    assert.equal(parseEmoji(emoji.replaceAll('\uFE0F', '')), emoji);
  }
  assert.equal(parseEmoji('👍\uFE0F'), '👍');
});

test('a text that is not one emoji is refused', () => {
  const refused = [
    '',
    'a',
    '1',
    '\uFE0F',
    '👍👍',
    '❤️❤️',
    'a👍',
    '👍 ',
    '🇩',
    '🇩🇪🇫',
    '👍\uFE0E',
    '👍\u200D',
    '👍\u0301',
    '🏽👍',
    'ok',
    '__proto__',
    '\u{1F1E6}\u{1F1E6}',
    '👩‍👩‍👩',
    '\ud83d',
    'é',
    '👍'.repeat(1_000),
  ];
  for (const text of refused) {
    assert.throws(() => parseEmoji(text), { name: 'ChatError', code: 'invalid-reaction' }, text);
  }
});
