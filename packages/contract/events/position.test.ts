import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodePosition, parsePosition } from './position.ts';

test('a position is read as it was written', () => {
  for (const position of [
    { epoch: 'a1b2c3', seq: 0 },
    { epoch: 'A_b-9', seq: 42 },
    { epoch: 'e', seq: Number.MAX_SAFE_INTEGER },
  ]) {
    assert.deepEqual(parsePosition(encodePosition(position)), position);
  }
  assert.equal(encodePosition({ epoch: 'a1b2c3', seq: 42 }), 'a1b2c3:42');
});

const NONE = {
  'an empty text': '',
  'a seq alone': '42',
  'no epoch': ':42',
  'no seq': 'e:',
  'a negative seq': 'e:-1',
  'a fraction': 'e:1.5',
  'a leading zero': 'e:01',
  'an exponent': 'e:1e3',
  'a seq beyond exact numbers': 'e:9007199254740992',
  'spaces around it': ' e:1 ',
  'a newline after it': 'e:1\n',
  'a foreign character in the epoch': 'e/1:1',
  'too long an epoch': `${'e'.repeat(65)}:1`,
};

for (const [what, text] of Object.entries(NONE)) {
  test(`${what} is not a position`, () => {
    assert.equal(parsePosition(text), undefined);
  });
}
