import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseClaims } from './claims.ts';

test('a subject that a store cannot keep is refused', () => {
  assert.equal(
    parseClaims({ sub: 'https://a.example#ünï 1', exp: 1 }).sub,
    'https://a.example#ünï 1',
  );
  for (const sub of ['a\0b', 'a\n', 'a ', ' a', '', 'x'.repeat(129)]) {
    assert.throws(() => parseClaims({ sub, exp: 1 }), JSON.stringify(sub));
  }
});
