import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeIdempotencyKey } from './idempotency-key.ts';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('each key is a new UUID, also in a browser without randomUUID', () => {
  const insecure = { getRandomValues: crypto.getRandomValues.bind(crypto) };
  const keys = [makeIdempotencyKey(), makeIdempotencyKey(insecure), makeIdempotencyKey(insecure)];
  for (const key of keys) assert.match(key, UUID_V4);
  assert.equal(new Set(keys).size, keys.length);
});
