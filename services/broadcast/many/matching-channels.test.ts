import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { Bus } from '@parley/kit/bus/bus.ts';
import type { BusListener } from '@parley/kit/bus/subscriptions.ts';
import { openLog } from '@parley/kit/log/log.ts';
import { MatchingChannels } from './matching-channels.ts';
import { tagOf } from './positions.ts';

const AT = '2026-01-01T00:00:00.000Z';

test('channels that chat no longer lists are forgotten, and one announced meanwhile is kept', async (t) => {
  let now = 10_000;
  t.mock.method(performance, 'now', () => now);
  let announce: BusListener = () => undefined;
  const bus = {
    subscribe: async (_: string, listener: BusListener) => {
      announce = listener;
    },
    onLink: () => undefined,
  } as unknown as Bus;
  let listed = ['a.1', 'a.2', 'b'];
  let announced: string[] = [];
  const chat = {
    channels: async () => {
      await endOfTurn();
      for (const channel of announced) {
        announce(Buffer.from(JSON.stringify({ channel })), { topic: '', retained: false });
      }
      return {
        channels: listed.map((channel) => ({ channel, epoch: 'e', head: 1, at: AT })),
        next: null,
      };
    },
  };
  const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
  using matching = new MatchingChannels({ bus, chat, log });
  const found = () => matching.newest((name) => name.startsWith('a.'), 9).toSorted();
  await matching.ready();
  assert.deepEqual(found(), ['a.1', 'a.2']);
  listed = ['a.2'];
  announced = ['a.3'];
  now += 60_000;
  await matching.ready();
  assert.deepEqual(found(), ['a.2', 'a.3']);
  assert.equal(matching.named(tagOf('b')), undefined);
  assert.equal(matching.named(tagOf('a.3')), 'a.3');
});
