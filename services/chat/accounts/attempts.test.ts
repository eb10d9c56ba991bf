import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { Attempts } from './attempts.ts';

const TOO_MANY = { code: 'too-many-requests', status: 429 };
const wrong = async () => undefined;

test('a refused attempt of an address over its limit takes no memory', async (t) => {
  const consume = t.mock.method(RateLimiterMemory.prototype, 'consume');
  const attempts = new Attempts();
  const tryAs = (key: string) => attempts.login({ key, address: '192.0.2.1' }, wrong);
  for (let i = 0; i < 100; i++) await tryAs(`login ${i}`);
  const before = consume.mock.callCount();
  for (let i = 0; i < 100; i++) await assert.rejects(tryAs(`other ${i}`), TOO_MANY);
  assert.equal(consume.mock.callCount(), before);
});

test('one address has a limit of passwords checked at once, so that other addresses get their turn', async () => {
  const attempts = new Attempts();
  const { promise, resolve } = Promise.withResolvers<void>();
  const right = () => promise.then(() => true);
  const logIn = (key: string, address: string) => attempts.login({ key, address }, right);
  const first = Array.from({ length: 16 }, (_, i) => logIn(`login ${i}`, '192.0.2.1'));
  await assert.rejects(logIn('one more', '192.0.2.1'), TOO_MANY);
  const other = logIn('other', '192.0.2.2');
  resolve();
  assert.deepEqual(await Promise.all([...first, other]), Array(17).fill(true));
  assert.equal(await logIn('again', '192.0.2.1'), true);
});
