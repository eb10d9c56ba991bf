import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedBound } from './shared-bound.ts';

test('above the bound the clients with the most are cut, until a quarter of it is free', () => {
  const amounts = new Map(Object.entries({ a: 10, b: 50, c: 30, d: 8 }));
  const cut: string[] = [];
  const bound = new SharedBound<string>({
    max: 97,
    measure: (key) => amounts.get(key) ?? 0,
    cut: (key) => void cut.push(key),
  });
  for (const key of amounts.keys()) bound.note(key);
  assert.deepEqual(cut, ['b']);
  assert.equal(bound.total, 48);
});

test('an amount that shrank without notice causes no cut', () => {
  const amounts = new Map(Object.entries({ a: 90, b: 20 }));
  const cut: string[] = [];
  const bound = new SharedBound<string>({
    max: 100,
    measure: (key) => amounts.get(key) ?? 0,
    cut: (key) => void cut.push(key),
  });
  bound.note('a');
  amounts.set('a', 5);
  bound.note('b');
  assert.deepEqual(cut, []);
  assert.equal(bound.total, 25);
  bound.forget('b');
  assert.equal(bound.total, 5);
});
