import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCount } from './query.ts';

const RANGE = { fallback: 100, min: 1, max: 1000 };

test('a count is a whole number within its bounds, both included', () => {
  for (const text of ['1', '7', '1000', '0042']) {
    assert.equal(parseCount('limit', text, RANGE), Number(text));
  }
});

test('an absent count is the fallback', () => {
  assert.equal(parseCount('limit', undefined, RANGE), 100);
});

const WRONG = ['', '0', '1001', '-1', '1.5', '1e2', '0x10', ' 7', '7 ', 'seven', ['7'], { a: '7' }];

for (const value of WRONG) {
  test(`${JSON.stringify(value)} is not a count from 1 to 1000, and the refusal names the range`, () => {
    assert.throws(() => parseCount('limit', value, RANGE), {
      code: 'invalid-query',
      message: 'limit must be a whole number from 1 to 1000.',
    });
  });
}

test('a seq may be any safe integer from 0, and nothing larger', () => {
  const max = Number.MAX_SAFE_INTEGER;
  assert.equal(parseCount('after', String(max), { fallback: 0 }), max);
  assert.equal(parseCount('after', '0', { fallback: 5 }), 0);
  assert.throws(() => parseCount('after', String(max + 1), { fallback: 0 }), {
    message: `after must be a whole number from 0 to ${max}.`,
  });
});
