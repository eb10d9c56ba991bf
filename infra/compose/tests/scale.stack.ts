import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { KeyedLoad } from '@parley/testkit/clients/keyed-load.ts';
import { until } from '@parley/testkit/until.ts';
import { containers, URL_OF_STACK, up } from './stack.ts';

before(() => up());

test('while chat scales to 5 and broadcast to 3 and back under load, no keyed POST fails and no event is lost or repeated', async () => {
  const load = await KeyedLoad.start(URL_OF_STACK);
  await up('--no-recreate', '--scale', 'chat=5', '--scale', 'broadcast=3');
  assert.equal((await containers('chat', 'broadcast')).length, 8);
  await until('all five chats have answered', () => load.servers.size >= 5);
  await up('--no-recreate');
  assert.equal((await containers('chat', 'broadcast')).length, 5);
  await load.more();
  await load.judge();
});
