import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, percentile } from './percentile.ts';

test('a percentile is the smallest value that covers its share of the values', () => {
  const values = Array.from({ length: 100 }, (_, index) => index + 1);
  assert.equal(percentile(values, 0.5), 50);
  assert.equal(percentile(values, 0.99), 99);
  assert.equal(percentile(values, 1), 100);
  assert.equal(percentile(values, 0), 1);
  assert.equal(percentile([7], 0.99), 7);
});

test('the percentile and the median of no values are NaN', () => {
  assert.ok(Number.isNaN(percentile([], 0.5)));
  assert.ok(Number.isNaN(median([])));
});

test('the median of an even number of values lies between the middle two', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([10, 1, 2, 4]), 3);
});
