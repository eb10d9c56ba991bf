import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBusAddresses } from './bus-addresses.ts';

test('an address has a host, a port of its own or the usual one, and TLS where it says so', () => {
  const [plain, secure, six] = [
    'mqtt://broker',
    'mqtts://broker.example:9883',
    'mqtts://[::1]',
  ].map((text) => parseBusAddresses(text).nodes);
  assert.deepEqual(plain, [{ host: 'broker', port: 1883, tls: false }]);
  assert.deepEqual(secure, [{ host: 'broker.example', port: 9883, tls: true }]);
  assert.deepEqual(six, [{ host: '::1', port: 8883, tls: true }]);
});

test('several addresses share the user and the password of one of them', () => {
  const { nodes, username, password } = parseBusAddresses(
    'mqtt://parley:a,b%2Fc%3A@one, mqtt://two:1884,mqtts://three',
  );
  assert.deepEqual(
    nodes.map(({ host, port }) => `${host}:${port}`),
    ['one:1883', 'two:1884', 'three:8883'],
  );
  assert.equal(username, 'parley');
  assert.equal(password, 'a,b/c:');
});

test('without a user there is none', () => {
  const { username, password } = parseBusAddresses('mqtt://one');
  assert.equal(username, undefined);
  assert.equal(password, undefined);
});

for (const wrong of ['http://x', 'mqtt:', 'mqtt://one,two', 'mqtt://one,', 'mqtt://one,http://x']) {
  test(`"${wrong}" is no address of a broker`, () => {
    assert.throws(() => parseBusAddresses(wrong), /must be an address that starts with mqtt:/);
  });
}

test('two users are one too many', () => {
  assert.throws(() => parseBusAddresses('mqtt://a:x@one,mqtt://b:x@two'), /one user:password/);
});
