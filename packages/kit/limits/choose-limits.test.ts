import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadSettings } from '../settings/settings.ts';
import { chooseLimits } from './choose-limits.ts';
import { connectionsPerAddress, postLimitSettings } from './limit-settings.ts';

/** The limits of a process with this configuration. */
function limitsAt(reach: object, env: Record<string, string> = {}) {
  const limits = loadSettings({ ...postLimitSettings, connectionsPerAddress }, env);
  const {
    postsPerAddress,
    postsPerAccount,
    connectionsPerAddress: connections,
  } = chooseLimits({ host: '127.0.0.1', trustedProxies: '', ...limits, ...reach });
  return [postsPerAddress, postsPerAccount, connections];
}

test('limits are on by default where other machines can connect', () => {
  const usual = [3_000, 3_000, 1_000];
  assert.deepEqual(limitsAt({ host: '0.0.0.0' }), usual);
  assert.deepEqual(limitsAt({ host: '::' }), usual);
  assert.deepEqual(limitsAt({ trustedProxies: 'loopback' }), usual);
  assert.deepEqual(limitsAt({ mqttHost: '0.0.0.0' }), usual);
  assert.deepEqual(limitsAt({ mqttUrl: 'mqtt://broker:1883' }), usual);
});

test('with loopback addresses only there are no limits', () => {
  for (const host of ['127.0.0.1', '::1', 'localhost'])
    assert.deepEqual(limitsAt({ host }), [0, 0, 0]);
  const inside = { mqttHost: '127.0.0.1', mqttUrl: 'mqtt://parley:secret@127.0.0.1:1883' };
  assert.deepEqual(limitsAt(inside), [0, 0, 0]);
  assert.deepEqual(limitsAt({ mqttUrl: '' }), [0, 0, 0]);
});

test('a limit that is set holds for every address', () => {
  const env = { POSTS_PER_ADDRESS: '7', POSTS_PER_ACCOUNT: '0', CONNECTIONS_PER_ADDRESS: '-1' };
  assert.deepEqual(limitsAt({ host: '0.0.0.0' }, env), [7, 0, 1_000]);
  assert.deepEqual(limitsAt({}, env), [7, 0, 0]);
});
