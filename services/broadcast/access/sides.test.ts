import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Side } from '@parley/contract/channels/topic.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import { openLog } from '@parley/kit/log/log.ts';
import { Metrics } from '@parley/kit/metrics.ts';
import { LiveChannels } from '../channel/live-channels.ts';
import { openBroadcastMetrics } from '../metrics.ts';
import { Sides } from './sides.ts';

async function open(): Promise<Sides> {
  const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
  const metrics = openBroadcastMetrics(new Metrics());
  const never = () => new Promise<never>(() => undefined);
  const bus = { subscribe: never, unsubscribe: () => undefined } as unknown as Bus;
  const events = { after: never, newest: never, heads: never };
  const openSide = (side: Side) => new LiveChannels({ log, metrics, bus, events, side });
  return new Sides({ public: openSide('public'), private: openSide('private') });
}

const stateOf = (head: number, ...members: string[]) => ({ members: new Set(members), head });

test('the streams follow a state until the members, the first event or the privacy differ', async () => {
  const sides = await open();
  sides.acquire('board', 'private');
  assert.ok(!sides.follows('board', stateOf(1, 'ada')), 'no stream was called yet');
  sides.follow('board', stateOf(1, 'ada'));
  assert.ok(sides.follows('board', stateOf(9, 'ada')));
  for (const other of [stateOf(0, 'ada'), stateOf(1, 'ada', 'bob'), stateOf(1, 'bob'), undefined]) {
    assert.ok(!sides.follows('board', other));
  }
  sides.follow('board', undefined);
  assert.ok(sides.follows('board', undefined));
  assert.ok(!sides.follows('board', stateOf(1)));
  sides.closeAll();
});

test('a reader that comes on either side may follow an older state', async () => {
  const sides = await open();
  const state = stateOf(1, 'ada');
  sides.acquire('board', 'private');
  for (const side of ['public', 'private'] as const) {
    sides.follow('board', state);
    sides.acquire('other', side);
    assert.ok(sides.follows('board', state));
    sides.acquire('board', side);
    assert.ok(!sides.follows('board', state), side);
  }
  sides.closeAll();
});

test('nothing is known of a channel that is not live, and of one that was dropped', async () => {
  const sides = await open();
  const state = stateOf(1, 'ada');
  sides.follow('board', state);
  assert.ok(!sides.follows('board', state));
  sides.acquire('board', 'private');
  sides.follow('board', state);
  sides.drop('board');
  sides.acquire('board', 'private');
  assert.ok(!sides.follows('board', state));
  sides.closeAll();
});
