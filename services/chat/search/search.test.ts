import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findMatches } from './find-matches.ts';
import { authorWord } from './indexed-words.ts';
import { parseSearch } from './query.ts';
import { tokenize, wordsOf } from './tokens.ts';

/** Texts, and their words with a space between. */
const WORDS = [
  ['Hello, WORLD! 42', 'hello world 42'],
  ['Crème Straße ÅNGSTRÖM İstanbul Łódź', 'creme strasse angstrom istanbul lodz'],
  ['cre\u0300me co\u00adoperate ﬁne Ⅻ', 'creme cooperate fine xii'],
  ['don’t foo_bar a.b@c', 'don t foo bar a b c'],
  ['ΟΔΟΣ οδός Ёлка', 'οδοσ οδοσ елка'],
  ['東京都', '東京 京都 都'],
  ['Tokyoタワー2', 'tokyo タワ ワー ー 2'],
  ['ｶﾞ が か\u3099', 'ガ が が'],
  ['น้ำดี', 'น้ ้ํ ํา าด ดี ี'],
  ['한국어 \u1112\u1161\u11ab', '한국어 한'],
  ['नमस्ते दुनिया', 'नमस्ते दुनिया'],
  ['ok 👍🏽 x', 'ok 👍 x'],
  ['', ''],
  ['…!?', ''],
] as const;

test('a text has its words, folded, and pairs of characters in scripts without spaces', () => {
  for (const [text, words] of WORDS) assert.equal(wordsOf(text).join(' '), words, text);
});

test('words know where they are in the text, in UTF-16 code units', () => {
  const text = '🎉 Crème ﬁn 東京 İs';
  const parts = tokenize(text).map(({ start, end }) => text.slice(start, end));
  assert.deepEqual(parts, ['🎉', 'Crème', 'ﬁn', '東京', '京', 'İs']);
});

test('a long word is cut, and never in the middle of a character', () => {
  assert.equal(wordsOf('a'.repeat(4_000))[0]?.length, 64);
  assert.ok(wordsOf(`a${'𐐨'.repeat(100)}`)[0]?.isWellFormed());
});

test('a query has words, phrases, beginnings, authors and days', () => {
  const { terms, authors, since, until } = parseSearch(
    'Big "red car" app* from:Ána from:"Bob B" BEFORE:2026-11-03 after:2026-11-01',
  );
  assert.deepEqual(terms, [
    { words: ['big'], prefix: false },
    { words: ['red', 'car'], prefix: false },
    { words: ['app'], prefix: true },
  ]);
  assert.deepEqual(authors, ['ana', 'bobb']);
  assert.deepEqual([since, until], [Date.UTC(2026, 10, 2), Date.UTC(2026, 10, 3)]);
});

test('the last character of a run may be followed by others', () => {
  assert.deepEqual(parseSearch('京').terms, [{ words: ['京'], prefix: true }]);
  assert.deepEqual(parseSearch('東京都').terms, [{ words: ['東京', '京都'], prefix: false }]);
  assert.deepEqual(parseSearch('"the 京"').terms, [{ words: ['the', '京'], prefix: true }]);
});

test('matching parts are in order, joined where they overlap, and at most 100', () => {
  const matches = (text: string, q: string) =>
    findMatches(text, parseSearch(q).terms)?.map(({ start, end }) => text.slice(start, end));
  assert.deepEqual(matches('b a b', 'a b'), ['b', 'a', 'b']);
  assert.deepEqual(matches('東京都庁', '京都 東京都'), ['東京都']);
  assert.deepEqual(matches('京都', '京'), ['京']);
  assert.deepEqual(matches('one two', '"one two" three'), undefined);
  assert.deepEqual(matches('Apple pie', 'app*'), ['Apple']);
  assert.equal(matches('a '.repeat(200), 'a')?.length, 100);
});

test('names that differ in case, accents and spaces are one author', () => {
  assert.equal(authorWord('Ána  María'), authorWord('anamaria'));
  assert.notEqual(authorWord('!!'), authorWord('!?'));
});
