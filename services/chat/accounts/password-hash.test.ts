import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword, isPassword } from './password-hash.ts';

test('a hash is a PHC string of Argon2id at the cost that OWASP asks for, and matches only its password', async () => {
  const hash = await hashPassword('pässword 😀');
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.equal(await isPassword('pässword 😀', hash), true);
  assert.equal(await isPassword('pässword', hash), false);
  assert.notEqual(await hashPassword('pässword 😀'), hash);
});

test('a hash of another program is read, with any cost', async () => {
  // From the tests of the reference implementation (P-H-C/phc-winner-argon2, src/test.c).
  const hash =
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  assert.equal(await isPassword('password', hash), true);
  await assert.rejects(isPassword('password', '$2b$10$abc'), /cannot be read/);
});
