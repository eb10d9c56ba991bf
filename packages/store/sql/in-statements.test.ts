import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inStatements } from './in-statements.ts';

test('rows are grouped up to the limit, in order, and a longer row is a group of its own', () => {
  const groups = [...inStatements([3, 3, 4, 5, 20, 1], { limit: 10, bytesOf: (row) => row })];
  assert.deepEqual(groups, [[3, 3, 4], [5], [20], [1]]);
  assert.deepEqual([...inStatements([], { limit: 10, bytesOf: () => 1 })], []);
});
