import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NONE_TYPING, nextEndMs, stillTyping, typingAfter, typingWithout } from './typing.ts';

const names = (typing: ReadonlyMap<string, number>) => [...typing.keys()];

test('a name is shown for 6 s after its last signal', () => {
  const both = typingAfter(typingAfter(NONE_TYPING, 'ana', 0), 'bo', 1000);
  assert.deepEqual([names(both), nextEndMs(both, 1500)], [['ana', 'bo'], 4500]);
  const again = typingAfter(both, 'ana', 3000);
  assert.deepEqual(names(stillTyping(again, 6999)), ['bo', 'ana']);
  assert.deepEqual(names(stillTyping(again, 7000)), ['ana']);
  assert.deepEqual(names(stillTyping(again, 9000)), []);
  assert.equal(nextEndMs(NONE_TYPING, 0), undefined);
});

test('a message of the name ends it at once, and that of another name changes nothing', () => {
  const ana = typingAfter(NONE_TYPING, 'ana', 0);
  assert.deepEqual(names(typingWithout(ana, 'ana')), []);
  assert.equal(typingWithout(ana, 'bo'), ana);
});

test('at most 20 names are kept', () => {
  let typing = NONE_TYPING;
  for (let i = 0; i < 100; i++) typing = typingAfter(typing, `n${i}`, i);
  assert.deepEqual([typing.size, names(typing)[0]], [20, 'n80']);
});
