import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { ChatEvent } from '@parley/contract/events/event.ts';
import type { Bus } from '@parley/kit/bus/bus.ts';
import { openLog } from '@parley/kit/log/log.ts';
import { Metrics } from '@parley/kit/metrics.ts';
import { openBroadcastMetrics } from '../metrics.ts';
import { BacklogMemory } from './backlog-memory.ts';
import { HeldEvents } from './held-events.ts';
import { Feed } from './live-channel.ts';
import { FollowedChannels } from './live-channels.ts';

const MAX_BYTES = 100_000;

/** Ten events of about 3 KB. */
function pageOf(channel: string) {
  const events = Array.from(
    { length: 10 },
    (_, i): ChatEvent => ({
      ...{ channel, epoch: 'e', seq: i + 1, id: `e:${i + 1}`, kind: 'message' },
      ...{
        at: '2026-01-01T00:00:00.000Z',
        username: 'ada',
        message: 'x'.repeat(3_000),
        up: 0,
        down: 0,
      },
    }),
  );
  return { channel, epoch: 'e', head: 10, events, next: null };
}

async function open() {
  const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
  const metrics = openBroadcastMetrics(new Metrics());
  const memory: BacklogMemory = new BacklogMemory(() => channels.makeRoom(memory), MAX_BYTES);
  const never = () => new Promise<never>(() => undefined);
  const parts = {
    ...{ log, metrics, memory, held: new HeldEvents(), backlogBytes: 1_000_000 },
    events: { after: never, newest: never, heads: never },
    ...{ onAmend: () => undefined, onReset: () => undefined },
  };
  const closed: string[] = [];
  const channels = new FollowedChannels((channel) => new Feed(channel, parts), {
    bus: { unsubscribe: () => undefined } as unknown as Bus,
    metrics,
    onClose: (channel) => closed.push(channel),
  });
  const read = async (channel: string) => {
    const feed = channels.acquire(channel);
    if (feed.epoch === null) feed.begin(pageOf(channel));
    await endOfTurn();
    return feed;
  };
  return { channels, memory, closed, read };
}

test('opening many full channels keeps the newest of them, within the limit for all backlogs', async () => {
  const { channels, memory, closed, read } = await open();
  const stays = await read('stays');
  for (let i = 0; i < 20; i++) {
    channels.release(await read(`c${i}`));
    assert.ok(memory.bytes <= MAX_BYTES, `${memory.bytes}`);
  }
  assert.deepEqual(
    closed,
    Array.from({ length: closed.length }, (_, i) => `c${i}`),
  );
  assert.ok(closed.length >= 17 && closed.length < 20);
  assert.equal(stays.backlog.start, 0);
  channels.closeAll();
  assert.equal(memory.bytes, 0);
});

test('when every channel has readers, each keeps its share of the memory, with its newest events', async () => {
  const { channels, memory, closed, read } = await open();
  const feeds = [];
  for (let i = 0; i < 10; i++) feeds.push(await read(`c${i}`));
  assert.ok(memory.bytes <= MAX_BYTES, `${memory.bytes}`);
  assert.deepEqual(closed, []);
  for (const { backlog } of feeds) {
    assert.equal(backlog.last, 10);
    assert.ok(backlog.start < 10, 'something is kept');
  }
  channels.closeAll();
});
