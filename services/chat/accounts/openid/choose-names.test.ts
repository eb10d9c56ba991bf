import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseNames } from './choose-names.ts';

const first = (...texts: unknown[]) => chooseNames(texts).next().value;

test('the first text that can be a name is the name', () => {
  assert.equal(first('ada', 'Ada Lovelace'), 'ada');
  assert.equal(first(undefined, 'Ada Lovelace', 'ada@example.org'), 'Ada Lovelace');
  assert.equal(first(7, '', 'ada@example.org'), 'ada');
  assert.equal(first('ada@corp.example'), 'ada');
  assert.equal(first(' Ada\n\tLovelace '), 'Ada Lovelace');
});

test('a text that misleads is not the name, and a long one is cut', () => {
  // A Cyrillic letter in a Latin word, a change of direction, a lone surrogate, an empty local part.
  assert.equal(first('p\u0430ypal', 'a\u202eb', '\ud800', '@example.org'), 'user');
  assert.equal([...first('😀'.repeat(100))].length, 56);
  assert.equal(first(`${'a'.repeat(1_000_000)}@x`), 'a'.repeat(56));
});

test('a taken name gets a number, and the tries have an end', () => {
  const names = [...chooseNames(['ada'])];
  assert.deepEqual(names.slice(0, 3), ['ada', 'ada-2', 'ada-3']);
  assert.equal(names.length, 14);
  assert.ok(names.every((name) => /^ada(-\d{1,6})?$/.test(name)));
});
