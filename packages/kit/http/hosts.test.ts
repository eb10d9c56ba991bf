import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { ChatError } from '@parley/contract/problem.ts';
import { loadSettings, SettingsError } from '../settings/settings.ts';
import { allowedHosts, openHostCheck } from './hosts.ts';

const ANY = { host: '0.0.0.0', allowedHosts: '' };

function answers(
  config: { host: string; allowedHosts: string },
  host: string | undefined,
  localAddress = '127.0.0.1',
): boolean {
  try {
    openHostCheck(config)?.({ headers: { host }, socket: { localAddress } } as IncomingMessage);
    return true;
  } catch (error) {
    assert.ok(error instanceof ChatError);
    assert.equal(error.code, 'host-refused');
    assert.match(error.message, /ALLOWED_HOSTS/);
    return false;
  }
}

const LOOPBACK_NAMES = [
  'localhost',
  'localhost:8080',
  'LOCALHOST:1',
  'localhost.',
  'parley.localhost:8080',
  '127.0.0.1',
  '127.0.0.1:8080',
  '127.8.9.10',
  '[::1]',
  '[::1]:8080',
  '[::ffff:127.0.0.1]:80',
];
const OTHER_NAMES = [
  'evil.example',
  'evil.example:8080',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  '127.0.0.1.nip.io:8080',
  'notlocalhost',
  '192.0.2.1',
  '[2001:db8::1]:8080',
  '0.0.0.0:8080',
  '',
  ' ',
  'localhost@evil.example',
  'evil.example/localhost',
  'a b',
  'localhost:99999999',
];

for (const host of ['127.0.0.1', 'localhost', '::1', '127.0.0.5']) {
  test(`a server on ${host} answers only under loopback's names`, () => {
    const config = { host, allowedHosts: '' };
    for (const name of LOOPBACK_NAMES) assert.ok(answers(config, name), name);
    for (const name of OTHER_NAMES) assert.ok(!answers(config, name), name);
    assert.ok(answers(config, undefined));
  });
}

test('a server that other machines reach answers under every name', () => {
  for (const name of [...LOOPBACK_NAMES, ...OTHER_NAMES]) assert.ok(answers(ANY, name), name);
});

test("ALLOWED_HOSTS adds hosts to loopback's names and the server's own address", () => {
  for (const host of ['127.0.0.1', '0.0.0.0']) {
    const config = { host, allowedHosts: 'My.Host, chat:8081, bücher.example, ::5' };
    for (const name of ['my.host', 'MY.HOST:8443', 'my.host.', 'chat', 'chat:8081', '[::5]:80'])
      assert.ok(answers(config, name), name);
    assert.ok(answers(config, 'xn--bcher-kva.example'));
    for (const name of LOOPBACK_NAMES) assert.ok(answers(config, name), name);
    for (const name of ['evil.example', 'a.my.host', '10.0.0.7']) assert.ok(!answers(config, name));
    assert.ok(answers(config, '10.0.0.7:8080', '::ffff:10.0.0.7'));
    assert.ok(answers({ host, allowedHosts: '*' }, 'evil.example'));
  }
});

test('a value that is not a host name is refused at start', () => {
  const load = (text: string) => loadSettings({ allowedHosts }, { ALLOWED_HOSTS: text });
  for (const text of ['https://my.host', 'my host', 'a/b']) {
    assert.throws(() => load(text), SettingsError, text);
  }
  assert.equal(load('my.host, chat').allowedHosts, 'my.host, chat');
});
