import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Face } from '@parley/contract/channels/topic.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import { openLog } from '@parley/kit/log/log.ts';
import { Metrics } from '@parley/kit/metrics.ts';
import { LiveChannels } from '../channel/live-channels.ts';
import { openBroadcastMetrics } from '../metrics.ts';
import { Faces } from './faces.ts';

async function open(): Promise<Faces> {
  const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
  const metrics = openBroadcastMetrics(new Metrics());
  const never = () => new Promise<never>(() => undefined);
  const bus = { subscribe: never, unsubscribe: () => undefined } as unknown as Bus;
  const events = { after: never, newest: never, heads: never };
  const sideOf = (face: Face) => new LiveChannels({ log, metrics, bus, events, face });
  return new Faces({ public: sideOf('public'), private: sideOf('private') });
}

const roomOf = (head: number, ...members: string[]) => ({ members: new Set(members), head });

test('the streams follow a state until the members, the first event or the privacy differ', async () => {
  const faces = await open();
  faces.acquire('room', 'private');
  assert.ok(!faces.follows('room', roomOf(1, 'ada')), 'no stream was called yet');
  faces.follow('room', roomOf(1, 'ada'));
  assert.ok(faces.follows('room', roomOf(9, 'ada')));
  for (const other of [roomOf(0, 'ada'), roomOf(1, 'ada', 'bob'), roomOf(1, 'bob'), undefined]) {
    assert.ok(!faces.follows('room', other));
  }
  faces.follow('room', undefined);
  assert.ok(faces.follows('room', undefined));
  assert.ok(!faces.follows('room', roomOf(1)));
  faces.closeAll();
});

test('a reader that comes on either side may follow an older state', async () => {
  const faces = await open();
  const room = roomOf(1, 'ada');
  faces.acquire('room', 'private');
  for (const face of ['public', 'private'] as const) {
    faces.follow('room', room);
    faces.acquire('other', face);
    assert.ok(faces.follows('room', room));
    faces.acquire('room', face);
    assert.ok(!faces.follows('room', room), face);
  }
  faces.closeAll();
});

test('nothing is known of a channel that is not live, and of one that was dropped', async () => {
  const faces = await open();
  const room = roomOf(1, 'ada');
  faces.follow('room', room);
  assert.ok(!faces.follows('room', room));
  faces.acquire('room', 'private');
  faces.follow('room', room);
  faces.drop('room');
  faces.acquire('room', 'private');
  assert.ok(!faces.follows('room', room));
  faces.closeAll();
});
