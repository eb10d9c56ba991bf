import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bareAddress } from './bare-address.ts';

const SPELLINGS: Record<string, string[]> = {
  '192.0.2.9': [
    '192.0.2.9',
    ' 192.0.2.9 ',
    '192.0.2.9:50211',
    '"192.0.2.9:50211"',
    '[192.0.2.9]:80',
    '::ffff:192.0.2.9',
    '::FFFF:192.0.2.9',
    '::ffff:c000:209',
    '[::ffff:192.0.2.9]:50211',
    '0:0:0:0:0:ffff:192.0.2.9',
    '0000:0000:0000:0000:0000:ffff:c000:0209',
  ],
  '2001:db8::1': [
    '2001:db8::1',
    '2001:DB8:0:0::1',
    '[2001:db8::1]',
    '[2001:db8::1]:443',
    '"[2001:db8::1]:4711"',
    '2001:0db8:0000:0000:0000:0000:0000:0001',
    '2001:db8::1%eth0',
  ],
  'fe80::1': ['fe80::1%eth0', '[fe80::1%25eth0]:80', 'FE80::1%lo'],
  '::1': ['::1', '[::1]:8080'],
  // Without brackets the last group belongs to the address and is not a port.
  '2001:db8::1:8080': ['2001:db8::1:8080'],
};

for (const [address, texts] of Object.entries(SPELLINGS)) {
  for (const text of texts)
    test(`${text} is the address ${address}`, () => assert.equal(bareAddress(text), address));
}

test('text without an address gives undefined', () => {
  for (const text of [
    '',
    'unknown',
    '_hidden',
    '_SEVKISEK:80',
    '10.0.0.256',
    '1.2.3',
    'my.host:80',
    '192.0.2.9:',
    '192.0.2.9:80:90',
    '[192.0.2.9',
    '192.0.2.9, 10.0.0.1',
    ':::1',
    '[::1]x',
    '1'.repeat(10_000),
  ]) {
    assert.equal(bareAddress(text), undefined, text);
  }
  assert.equal(bareAddress(undefined), undefined);
});
