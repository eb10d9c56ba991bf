import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProviderClaims } from './provider-claims.ts';
import type { Provider } from './provider-settings.ts';

const read = (payload: object, claims: Record<string, string> = {}) =>
  readProviderClaims({ sub: '7', exp: 1, ...payload }, {
    issuer: 'https://login.example',
    jwksUrl: '',
    audience: '',
    publish: [],
    subscribe: ['news'],
    claims: new Map(Object.entries(claims)),
  } satisfies Provider);

test('subjects of different issuers differ, and a long subject becomes a hash', () => {
  assert.equal(read({}).sub, 'https://login.example#7');
  const [one, two] = ['a', 'b'].map((end) => read({ sub: 'x'.repeat(200) + end }).sub);
  assert.match(one ?? '', /^oidc#[\w-]{43}$/);
  assert.notEqual(one, two);
});

test('the time at which a token expires may have a fraction', () => {
  assert.equal(read({ exp: 1_790_000_000.75 }).exp, 1_790_000_000.75);
});

test("a dot in a claim's path leads into an object, unless a claim has that whole name", () => {
  const claims = { publish: 'https://a.example/publish', subscribe: 'app.read' };
  const read1 = read({ 'https://a.example/publish': ['x'], app: { read: 'y  z' } }, claims);
  assert.deepEqual([read1.publish, read1.subscribe], [['x'], ['y', 'z']]);
  assert.deepEqual(read({ app: null }, claims).subscribe, ['news']);
  assert.equal(read({}, { name: 'constructor.name' }).name, undefined);
});

test("only a token with admin among its roles is an administrator's", () => {
  const claims = { role: 'realm_access.roles' };
  assert.equal(read({ realm_access: { roles: ['user', 'admin'] } }, claims).role, 'admin');
  assert.equal(read({ realm_access: { roles: ['administrator'] } }, claims).role, undefined);
  assert.equal(read({ role: 'admin' }, claims).role, undefined);
});

test("a provider's claims under our own names for session, rights and role are ignored", () => {
  const { sid, publish, role } = read({ sid: 's', publish: ['**'], role: 'admin' });
  assert.deepEqual([sid, publish, role], [undefined, [], undefined]);
});
