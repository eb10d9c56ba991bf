import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pathOfChannel, placeOfPath } from './place.ts';

test('a path names the start page, a channel or nothing', () => {
  assert.deepEqual(placeOfPath('/'), { at: 'home' });
  assert.deepEqual(placeOfPath('/general'), { at: 'channel', channel: 'general' });
  assert.deepEqual(placeOfPath('/general/'), { at: 'channel', channel: 'general' });
  for (const path of ['/a/b', '/a%2Fb', '/%', '/.hidden', '/two%20words']) {
    assert.deepEqual(placeOfPath(path), { at: 'nowhere', path });
  }
});

test('the path of a channel leads to the channel, in any script', () => {
  for (const channel of ['general', 'Küche', '日本語', 'a.b-c_d']) {
    assert.deepEqual(placeOfPath(pathOfChannel(channel)), { at: 'channel', channel });
  }
});
