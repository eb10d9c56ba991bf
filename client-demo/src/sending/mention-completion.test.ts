import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completed, matchingNames, openMention } from './mention-completion.ts';

const typed = (text: string) => openMention(text, text.length)?.typed;

test('a mention is open while its @ begins a word and no space follows', () => {
  assert.equal(typed('@'), '');
  assert.equal(typed('hi @an'), 'an');
  assert.equal(typed('(@an'), 'an');
  assert.equal(typed('line\n@שר'), 'שר');
  for (const text of ['', 'mail@an', 'a.@an', '@@an', '@an ', '@an a', `@${'a'.repeat(100)}`])
    assert.equal(typed(text), undefined, text);
  assert.deepEqual(openMention('@ann and', 3), { at: 0, typed: 'an' });
});

test('names match from their beginning, without case and accents, each once, at most six', () => {
  assert.deepEqual(matchingNames(['Ana', 'Bob', 'ána', 'Ana', 'Joana'], 'AN'), ['Ana', 'ána']);
  assert.equal(matchingNames([...'abcdefgh'], '').length, 6);
});

test('a completed mention has the whole name, and the caret is behind it', () => {
  const mention = { at: 3, typed: 'jo' };
  assert.deepEqual(completed('hi @jo', mention, 'Jo Ann'), { text: 'hi @Jo Ann ', caret: 11 });
  assert.deepEqual(completed('hi @jo you', mention, 'Jo').text, 'hi @Jo you');
});
