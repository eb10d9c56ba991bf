import assert from 'node:assert/strict';
import { test } from 'node:test';
import { remembering } from './remembering.ts';

test('a result is made once for each text, and again after 1,000 other texts', () => {
  const made: string[] = [];
  const upper = remembering((text) => {
    made.push(text);
    return text.toUpperCase();
  });
  const take = () => made.splice(0).length;
  for (let n = 0; n < 3; n++) assert.equal(upper('ada'), 'ADA');
  assert.equal(take(), 1);
  for (let n = 0; n < 1_000; n++) upper(`name ${n}`);
  assert.equal(take(), 1_000);
  assert.equal(upper('ada'), 'ADA');
  assert.equal(take(), 1);
});

test('neither long texts nor failures are remembered', () => {
  let calls = 0;
  const check = remembering((text) => {
    calls++;
    if (text === 'bad') throw new Error('bad');
    return text;
  });
  for (let n = 0; n < 2; n++) {
    assert.throws(() => check('bad'), /bad/);
    check('x'.repeat(129));
  }
  assert.equal(calls, 4);
});
