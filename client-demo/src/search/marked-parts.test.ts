import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markedParts } from './marked-parts.ts';

const shown = (text: string, ...words: string[]) => {
  const matches = words.map((word) => ({
    start: text.indexOf(word),
    end: text.indexOf(word) + word.length,
  }));
  return markedParts(text, matches)
    .map(({ text, marked }) => (marked ? `[${text}]` : text))
    .join('');
};

test('matches are marked in the text', () => {
  assert.equal(shown('the disk is full', 'disk', 'full'), 'the [disk] is [full]');
  assert.equal(shown('disk', 'disk'), '[disk]');
  assert.equal(shown('by its author alone'), 'by its author alone');
});

test('of a long text the part around the first match is shown, from a word on', () => {
  const text = shown(`${'word '.repeat(100)}needle${' more'.repeat(100)}`, 'needle');
  assert.match(text, /^…word .*\[needle\] more .*…$/);
  assert.ok(text.length < 260);
  assert.match(shown(`${'x'.repeat(500)}needle`, 'needle'), /^…x{60}\[needle\]$/);
});
