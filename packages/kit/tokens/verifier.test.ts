import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { forgeTokens } from '@parley/testkit/credentials/forged-tokens.ts';
import { keysAtUrl, keysOf, readPublicKeys } from './public-keys.ts';
import { openSigningKey } from './signing-key.ts';
import { openVerifier } from './verifier.ts';

function newPem(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

const publicPem = (pem: string) =>
  createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'pem' }).toString();

const keysOfPem = (text: string) => keysOf(readPublicKeys('TEST', text));

const CLAIMS = { sub: 'ada', name: 'ada', publish: ['team.*'], subscribe: ['**'] };
const pem = newPem();
const key = openSigningKey(pem);
const verify = openVerifier(keysOfPem(publicPem(pem)));

test('a token signed by us is read with the claims that were signed', async () => {
  const before = Math.floor(Date.now() / 1000);
  const { exp, ...claims } = await verify(key.sign(CLAIMS, 60));
  assert.deepEqual(claims, CLAIMS);
  assert.ok(exp >= before + 60 && exp <= before + 62);
});

test('the times of a token may have a fraction', async () => {
  const now = Date.now() / 1000;
  const times = { exp: now + 60.123, nbf: now - 0.5, iat: now - 0.25 };
  assert.equal((await verify(key.signUntil({ ...CLAIMS, ...times }))).exp, times.exp);
  const late = key.signUntil({ ...CLAIMS, ...times, exp: now - 60.5 });
  await assert.rejects(verify(late), { code: 'invalid-token' });
  const early = key.signUntil({ ...CLAIMS, ...times, nbf: now + 60.5 } as typeof CLAIMS & {
    exp: number;
  });
  await assert.rejects(verify(early), { code: 'invalid-token' });
});

const forged = forgeTokens(pem);

test('there are at least 40 forged or misused tokens', () => {
  assert.ok(new Set(Object.values(forged)).size >= 40);
});

for (const [what, token] of Object.entries(forged)) {
  test(`a token is refused: ${what}`, async () => {
    await assert.rejects(verify(token), { name: 'ChatError', code: 'invalid-token' });
  });
}

test('a key that is broken, or not on P-256, is refused with the name of its setting', () => {
  const spki = { type: 'spki', format: 'pem' } as const;
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export(spki);
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export(spki);
  const broken = publicPem(pem).replace(/\n[A-Za-z0-9]{8}/, '\nAAAAAAAA');
  for (const text of [rsa, p384, publicPem(pem) + p384]) {
    assert.throws(() => keysOfPem(String(text)), {
      name: 'SettingsError',
      message: 'TEST: it holds a public key that is not on the curve P-256',
    });
  }
  assert.throws(() => keysOfPem(broken), {
    name: 'SettingsError',
    message: 'TEST: it holds a public key that is broken',
  });
  assert.throws(() => keysOfPem('x'), { message: 'TEST: it holds no public key' });
});

test('several keys are accepted at the same time, so that one can replace another', async () => {
  const next = newPem();
  const both = openVerifier(keysOfPem(publicPem(pem) + publicPem(next)));
  for (const one of [key, openSigningKey(next)]) {
    assert.equal((await both(one.sign(CLAIMS, 60))).sub, 'ada');
  }
  await assert.rejects(verify(openSigningKey(next).sign(CLAIMS, 60)), { code: 'invalid-token' });
});

test('keys at an address are fetched once, and again for an unknown name', async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.end(
      JSON.stringify({ keys: [key.publicJwk, { kty: 'oct', k: 'AAAA', kid: 'secret' }] }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const check = openVerifier(keysAtUrl(`http://127.0.0.1:${port}/`));
  await Promise.all([1, 2, 3].map(() => check(key.sign(CLAIMS, 60))));
  assert.equal(asked, 1);
  await assert.rejects(check(openSigningKey(newPem()).sign(CLAIMS, 60)), { code: 'invalid-token' });
  assert.equal(asked, 1);
  server.close();
  const other = openVerifier(keysAtUrl(`http://127.0.0.1:${port}/`));
  await assert.rejects(other(key.sign(CLAIMS, 60)), { code: 'keys-unavailable' });
});
