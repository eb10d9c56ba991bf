import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openChatClient } from '@parley/kit/chat-client.ts';
import type { Hook, Rights } from '../store/store.ts';
import { openHookLog, openPageQueue } from './hook-log.ts';

const outsider = openChatClient('http://127.0.0.1:9');

function logOf(channels: string[], rights: Rights['public']) {
  const hook = { channels, rights: { public: rights, private: [] } } as unknown as Hook;
  return openHookLog({ outsider, service: () => undefined, queue: openPageQueue() }, hook);
}

test('a hook has the channels that it names and that its administrator may read', () => {
  const log = logOf(['team.**', 'lobby'], ['team.*', 'lobby']);
  for (const channel of ['team.red', 'lobby']) assert.ok(log.matches(channel), channel);
  for (const channel of ['team.red.secret', 'team', 'other'])
    assert.ok(!log.matches(channel), channel);
  assert.deepEqual(log.named, ['lobby']);
  assert.ok(logOf(['team.**'], null).matches('team.red.secret'), 'in open mode all may be read');
});

test('a pattern does not choose the channel of the canaries', () => {
  assert.ok(!logOf(['**'], null).matches('parley-canary'));
});
