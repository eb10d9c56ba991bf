import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RowHeights } from './row-heights.ts';

const rows = (...keys: string[]) => keys.map((key) => ({ key, guess: 10 }));

test('rows begin where the rows before them end, measured or guessed', () => {
  const heights = new RowHeights();
  heights.set(rows('a', 'b', 'c'));
  assert.equal(heights.measure('b', 25), true);
  assert.equal(heights.measure('b', 25), false);
  assert.deepEqual(
    [0, 1, 2].map((index) => heights.startOf(index)),
    [0, 10, 35],
  );
  assert.equal(heights.total, 45);
});

test('a row is found by a height in it', () => {
  const heights = new RowHeights();
  heights.set(rows('a', 'b', 'c'));
  heights.measure('b', 25);
  assert.deepEqual(
    [-5, 0, 9.5, 10, 34, 35, 1000].map((px) => heights.indexAt(px)),
    [0, 0, 0, 1, 1, 2, 2],
  );
});

test('a measured height stays with its row when rows come before it', () => {
  const heights = new RowHeights();
  heights.set(rows('b'));
  heights.measure('b', 25);
  heights.set(rows('a', 'b', 'c'));
  assert.equal(heights.indexOf('b'), 1);
  assert.equal(heights.startOf(2), 35);
});

test('an empty list has no height', () => {
  const heights = new RowHeights();
  assert.equal(heights.total, 0);
  assert.equal(heights.indexAt(50), 0);
});
