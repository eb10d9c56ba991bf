import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBusAddresses } from './addresses.ts';

test('an address gives the host, the port or its default, and TLS for mqtts', () => {
  const [plain, secure, six] = [
    'mqtt://broker',
    'mqtts://broker.example:9883',
    'mqtts://[::1]',
  ].map((text) => parseBusAddresses(text).nodes);
  assert.deepEqual(plain, [{ host: 'broker', port: 1883, tls: false }]);
  assert.deepEqual(secure, [{ host: 'broker.example', port: 9883, tls: true }]);
  assert.deepEqual(six, [{ host: '::1', port: 8883, tls: true }]);
});

test('all addresses use the user and the password that one of them names', () => {
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

test('without a user in the addresses, user and password are undefined', () => {
  const { username, password } = parseBusAddresses('mqtt://one');
  assert.equal(username, undefined);
  assert.equal(password, undefined);
});

for (const wrong of ['http://x', 'mqtt:', 'mqtt://one,two', 'mqtt://one,', 'mqtt://one,http://x']) {
  test(`"${wrong}" is not an address of a broker`, () => {
    assert.throws(() => parseBusAddresses(wrong), /must be an address that starts with mqtt:/);
  });
}

test('addresses with two different users are refused', () => {
  assert.throws(() => parseBusAddresses('mqtt://a:x@one,mqtt://b:x@two'), /one user:password/);
});
