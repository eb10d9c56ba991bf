import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { ChatEvent } from '@parley/contract/events/event.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import { openLog } from '@parley/kit/log/log.ts';
import { Metrics } from '@parley/kit/metrics.ts';
import { openBroadcastMetrics } from '../metrics.ts';
import { LiveChannels } from './live-channels.ts';

const MAX_BYTES = 100_000;

/** Ten events of about 3 KB. */
function pageOf(channel: string) {
  const events = Array.from(
    { length: 10 },
    (_, i): ChatEvent => ({
      channel,
      epoch: 'e',
      seq: i + 1,
      id: `e:${i + 1}`,
      kind: 'message',
      at: '2026-01-01T00:00:00.000Z',
      username: 'ada',
      message: 'x'.repeat(3_000),
      up: 0,
      down: 0,
    }),
  );
  return { channel, epoch: 'e', head: 10, events, next: null };
}

async function open() {
  const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
  const metrics = openBroadcastMetrics(new Metrics());
  const never = () => new Promise<never>(() => undefined);
  const bus = { subscribe: never, unsubscribe: () => undefined } as unknown as Bus;
  const events = { after: never, newest: never, heads: never };
  const limits = { backlogsBytes: MAX_BYTES };
  const channels = new LiveChannels({ log, metrics, bus, events, ...limits });
  const read = async (channel: string) => {
    const live = channels.acquire(channel);
    if (live.epoch === null) live.begin(pageOf(channel));
    await endOfTurn();
    return live;
  };
  return { channels, read };
}

test('opening many full channels keeps the newest of them, within the limit for all backlogs', async () => {
  const { channels, read } = await open();
  const stays = await read('stays');
  for (let i = 0; i < 20; i++) {
    channels.release(await read(`c${i}`));
    assert.ok(channels.backlogBytes <= MAX_BYTES, `${channels.backlogBytes}`);
  }
  const isOpen = Array.from({ length: 20 }, (_, i) => channels.find(`c${i}`) !== undefined);
  const closed = isOpen.indexOf(true);
  assert.ok(closed >= 17 && closed < 20);
  assert.ok(!isOpen.slice(closed).includes(false), 'the longest unused are closed first');
  assert.equal(stays.backlog.start, 0);
  channels.closeAll();
  assert.equal(channels.backlogBytes, 0);
});

test('a channel that closes before the log is read lets its readers go on', async () => {
  const { channels } = await open();
  const left = channels.acquire('left');
  const stays = channels.acquire('stays');
  channels.release(left);
  await left.ready;
  channels.closeAll();
  await stays.ready;
});

test('when every channel has readers, each keeps its share of the memory, with its newest events', async () => {
  const { channels, read } = await open();
  const live = [];
  for (let i = 0; i < 10; i++) live.push(await read(`c${i}`));
  assert.ok(channels.backlogBytes <= MAX_BYTES, `${channels.backlogBytes}`);
  assert.equal(channels.all.length, 10);
  for (const { backlog } of live) {
    assert.equal(backlog.last, 10);
    assert.ok(backlog.start < 10, 'something is kept');
  }
  channels.closeAll();
});
