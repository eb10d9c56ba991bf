import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atExpiry } from './at-expiry.ts';

test('a token that has expired ends at once, without a warning about a negative timer', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on('warning', note);
  await new Promise<void>((resolve) => atExpiry(Date.now() - 5_000, resolve));
  process.off('warning', note);
  assert.deepEqual(warnings, []);
});

test('a token without an end, or that lasts longer than a timer can, gets no timer', () => {
  const never = () => assert.fail();
  assert.equal(atExpiry(undefined, never), undefined);
  assert.equal(atExpiry(Date.now() + 2 ** 31 + 1_000, never), undefined);
});
