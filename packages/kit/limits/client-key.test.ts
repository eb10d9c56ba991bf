import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientKey } from './client-key.ts';

test('an IPv4 address is one client in every spelling', () => {
  assert.equal(clientKey('192.0.2.7'), '192.0.2.7');
  assert.equal(clientKey('::ffff:192.0.2.7'), '192.0.2.7');
});

test('an IPv6 network of 64 bits is one client, and the next network is another', () => {
  const one = ['2001:db8:0:1::1', '2001:db8:0:1:ffff::', '2001:0DB8:0000:0001:1:2:3:4'];
  assert.deepEqual([...new Set(one.map(clientKey))], ['2001:db8:0:1::/64']);
  assert.equal(clientKey('2001:db8::1'), '2001:db8:0:0::/64');
  assert.equal(clientKey('2001:db8:0:2::1'), '2001:db8:0:2::/64');
  assert.equal(clientKey('::1'), '0:0:0:0::/64');
  assert.equal(clientKey('1::8'), '1:0:0:0::/64');
  assert.equal(clientKey('fe80::1%eth0'), 'fe80:0:0:0::/64');
  assert.equal(clientKey('64:ff9b::192.0.2.33'), '64:ff9b:0:0::/64');
  assert.equal(clientKey('1:2:3:4:5:6:192.0.2.33'), '1:2:3:4::/64');
});

test('all texts that are not addresses are one client', () => {
  for (const text of [undefined, '', 'unknown', '10.0.0.256', 'x'.repeat(1000)]) {
    assert.equal(clientKey(text), 'unknown');
  }
});
