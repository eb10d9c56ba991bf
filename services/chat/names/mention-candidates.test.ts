import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mentionCandidates } from './mention-candidates.ts';

const CASES: [text: string, candidates: string[][]][] = [
  ['no mark', []],
  ['@ana', [['ana']]],
  ['hi @ana!', [['ana', 'ana!']]],
  [
    '(@ana, @Jo Ann)',
    [
      ['ana', 'ana,', 'ana, @Jo', 'ana, @Jo Ann', 'ana, @Jo Ann)'],
      ['Jo', 'Jo Ann', 'Jo Ann)'],
    ],
  ],
  ['ana@example.org a.b-c_@x 7@y é@z @@w', [['@w']]],
  ['@ana@example.org', [['ana', 'ana@example', 'ana@example.org']]],
  ['@ @\n@ana\nbob', [['ana']]],
  ['@Зоя x', [['Зоя', 'Зоя x']]],
  ["@o'neil", [['o', "o'neil"]]],
];

for (const [text, candidates] of CASES) {
  test(`names after an "@": ${JSON.stringify(text)}`, () => {
    assert.deepEqual(mentionCandidates(text), candidates);
  });
}

test('at most 20 names are looked up, the first word of each "@" before the second', () => {
  const count = (text: string) => mentionCandidates(text).map(({ length }) => length);
  assert.deepEqual(count('@a b c d\n@e f g h\n'.repeat(4)), [3, 3, 3, 3, 2, 2, 2, 2]);
  assert.deepEqual(count('@a b '.repeat(500)), Array(20).fill(1));
  assert.deepEqual(count(`@${'a '.repeat(100)}`), [20]);
});

test('a name has at most 64 characters', () => {
  assert.deepEqual(mentionCandidates(`@${'😀'.repeat(64)} x`), [['😀'.repeat(64)]]);
  assert.deepEqual(mentionCandidates(`@${'a'.repeat(65)} x`), [[]]);
});
