import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { openAddressOf } from './address-of.ts';

function addressOf(forwarded: string | undefined, remoteAddress = '::ffff:10.0.0.1'): string {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  const request = { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
  return openAddressOf('10.0.0.0/8')(request) ?? 'none';
}

const CASES: [forwarded: string | undefined, address: string][] = [
  [undefined, '10.0.0.1'],
  ['', '10.0.0.1'],
  ['192.0.2.9', '192.0.2.9'],
  ['192.0.2.9:50211', '192.0.2.9'],
  ['[2001:DB8::9]:50211', '2001:db8::9'],
  ['"[2001:db8::9]:50211"', '2001:db8::9'],
  ['::ffff:192.0.2.9', '192.0.2.9'],
  ['192.0.2.1, 192.0.2.9:1', '192.0.2.9'],
  ['192.0.2.9:1, 10.0.0.2:2', '192.0.2.9'],
  ['192.0.2.9:1, ::ffff:10.0.0.2', '192.0.2.9'],
  ['192.0.2.9, , ', '192.0.2.9'],
  // A proxy that hides the client counts as the client; addresses before it are ignored.
  ['unknown', '10.0.0.1'],
  ['192.0.2.9, unknown', '10.0.0.1'],
  ['192.0.2.9, _hidden, 10.0.0.2', '10.0.0.2'],
];

for (const [forwarded, address] of CASES) {
  test(`a trusted proxy's ${JSON.stringify(forwarded)} means ${address}`, () =>
    assert.equal(addressOf(forwarded), address));
}

test('X-Forwarded-For from an address that is not a trusted proxy is ignored', () => {
  assert.equal(addressOf('192.0.2.9', '192.0.2.1'), '192.0.2.1');
  assert.equal(addressOf('192.0.2.9, 192.0.2.1:80'), '192.0.2.1');
});
