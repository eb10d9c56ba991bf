import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathOfChannel, routeOfPath } from './route.ts';

test('a path names the start page, a channel or nothing', () => {
  assert.deepEqual(routeOfPath('/'), { at: 'home' });
  assert.deepEqual(routeOfPath('/general'), { at: 'channel', channel: 'general' });
  assert.deepEqual(routeOfPath('/general/'), { at: 'channel', channel: 'general' });
  for (const path of ['/a/b', '/a%2Fb', '/%', '/.hidden', '/two%20words']) {
    assert.deepEqual(routeOfPath(path), { at: 'nowhere', path });
  }
});

test('the path of a channel leads to the channel, in any script', () => {
  for (const channel of ['general', 'Küche', '日本語', 'a.b-c_d']) {
    assert.deepEqual(routeOfPath(pathOfChannel(channel)), { at: 'channel', channel });
  }
});
