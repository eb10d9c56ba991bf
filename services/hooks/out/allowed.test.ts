import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayConnect, parseAllowed } from './allowed.ts';

const NONE = parseAllowed('');

test('only public addresses need no permission', () => {
  for (const address of ['93.184.216.34', '2606:2800:220:1::1', '64:ff9b::5db8:d822'])
    assert.ok(mayConnect(address, NONE), address);
  for (const address of [
    ...[
      '0.0.0.0',
      '0.1.2.3',
      '10.0.0.1',
      '100.64.0.1',
      '127.0.0.1',
      '127.1.2.3',
      '169.254.169.254',
    ],
    ...['172.16.0.1', '192.0.0.192', '192.168.1.1', '198.18.0.1', '224.0.0.1', '240.0.0.1'],
    ...['255.255.255.255', '168.63.129.16', '::', '::1', '::7f00:1', '::ffff:127.0.0.1'],
    ...['::ffff:a9fe:a9fe', '::ffff:0:127.0.0.1', '64:ff9b::127.0.0.1', '64:ff9b:1::7f00:1'],
    ...['2002:7f00:1::', '2001:0:1::', '2001:db8::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1'],
    ...['fe80::1%eth0', 'fec0::1', 'ff02::1', '5f00::1', '100::1'],
    ...['', 'localhost', '2130706433', '0x7f.1', '127.1', '1.2.3.4.5'],
  ])
    assert.ok(!mayConnect(address, NONE), address);
});

test('HOOKS_ALLOW allows networks and addresses, also in their IPv6 forms', () => {
  const allowed = parseAllowed(' 10.1.0.0/16, 192.168.7.7,fd00::/64,Alerts.internal');
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '192.168.7.7', 'fd00::9'])
    assert.ok(mayConnect(address, allowed), address);
  for (const address of ['10.2.0.1', '192.168.7.8', 'fd00:1::1', '127.0.0.1'])
    assert.ok(!mayConnect(address, allowed), address);
  assert.ok(allowed.hosts.has('alerts.internal'));
  for (const wrong of ['10.1.0.0/33', 'a b', 'https://a', '10.1.0.0/16;b'])
    assert.throws(() => parseAllowed(wrong), /is no network, address or host name/);
});
