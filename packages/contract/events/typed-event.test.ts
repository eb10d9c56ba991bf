import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pickDraft } from './draft.ts';
import { EVENT_KINDS } from './event.ts';
import { parseData, parseType, RESERVED_TYPES } from './typed-event.ts';

test('a type has 1 to 64 letters, digits and signs, and begins with a letter', () => {
  for (const type of ['a', 'order.shipped', 'A-1_b', 'x'.repeat(64), 'Message', 'OPEN']) {
    assert.equal(parseType(type), type);
  }
  for (const type of ['', '1a', '.a', 'a b', 'a\n', 'é', 'x'.repeat(65), 'a/b', 7, null, ['a']]) {
    assert.throws(() => parseType(type), { code: 'invalid-type', status: 400 });
  }
});

test("EventSource's and Parley's own words are refused as a type, with another one to choose", () => {
  for (const type of ['open', 'error', 'hello', 'reset', 'presence', ...EVENT_KINDS]) {
    assert.ok(RESERVED_TYPES.has(type), type);
    assert.throws(() => parseType(type), {
      code: 'invalid-type',
      message: new RegExp(`my.${type}`),
    });
  }
});

test('data may be nested 64 levels deep', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  assert.equal(parseData(nested(64)), nested(64));
  assert.throws(() => parseData(nested(65)), { code: 'invalid-event', message: /64/ });
});

test('a field that is not known is refused by name', () => {
  const draft = pickDraft({ username: 'ada', msg: 'hi', data: '1' });
  assert.deepEqual(draft, { username: 'ada', message: 'hi', data: '1' });
  assert.throws(() => pickDraft({ message: 'hi', colour: 'red' }), {
    code: 'invalid-event',
    message: /"colour".*"data"/,
  });
  assert.throws(() => pickDraft({ message: 'hi', key: 'k' }), { message: /Idempotency-Key/ });
  assert.equal(pickDraft({ message: 'hi', key: 'k' }, ['key']).message, 'hi');
});
