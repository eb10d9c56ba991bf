import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseClaims } from '@parley/contract/accounts/claims.ts';
import { rememberTokens } from './token-memory.ts';

/** A verifier that accepts tokens of the form `<sub>` until `exp` and counts its calls. */
function openCounted(exp: number) {
  const asked: string[] = [];
  let now = 0;
  const verify = rememberTokens(
    async (token) => {
      asked.push(token);
      if (token === 'bad') throw new Error('not valid');
      return parseClaims({ sub: token, exp });
    },
    () => now,
  );
  return { asked, verify, at: (ms: number) => (now = ms) };
}

test('a token is verified once in five seconds', async () => {
  const { asked, verify, at } = openCounted(100);
  for (const ms of [0, 1_000, 4_999]) {
    at(ms);
    assert.equal((await verify('ada')).sub, 'ada');
  }
  assert.deepEqual(asked, ['ada']);
  at(5_000);
  await verify('ada');
  assert.equal(asked.length, 2);
});

test('a token that expires sooner is verified again then', async () => {
  const { asked, verify, at } = openCounted(2);
  await verify('ada');
  at(2_000);
  await verify('ada');
  assert.equal(asked.length, 2);
});

test('a token that is not valid is verified each time, and no token gets the claims of another', async () => {
  const { asked, verify } = openCounted(100);
  await assert.rejects(verify('bad'));
  await assert.rejects(verify('bad'));
  assert.equal((await verify('ada')).sub, 'ada');
  assert.equal((await verify('bob')).sub, 'bob');
  assert.deepEqual(asked, ['bad', 'bad', 'ada', 'bob']);
});

test('beyond 5,000 tokens the oldest are forgotten', async () => {
  const { asked, verify } = openCounted(100);
  for (let i = 0; i <= 5_000; i++) await verify(`t${i}`);
  await verify('t1');
  assert.equal(asked.length, 5_001);
  await verify('t0');
  assert.equal(asked.length, 5_002);
});
