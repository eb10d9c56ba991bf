import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Bus } from '@parley/kit/bus/bus.ts';
import { openLog } from '@parley/kit/log/log.ts';
import { Metrics } from '@parley/kit/metrics.ts';
import { LiveChannels } from '../channel/live-channels.ts';
import { sseFramingFor } from '../framing/sse-framing.ts';
import { openBroadcastMetrics } from '../metrics.ts';
import { ChannelGroup, partsOf } from './channel-group.ts';
import { Positions } from './positions.ts';

const frame = (seq: number, length: number) => `data: ${'x'.repeat(length)}\nid: e:${seq}\n\n`;

function lengthsOf(frames: string[], limits: { maxBytes: number; idBytes: number }): number[][] {
  const bytes = Buffer.from(frames.join(''));
  const parts = [...partsOf(bytes, limits)].map(String);
  assert.equal(parts.join(''), String(bytes));
  return parts.map((part) => part.split(/(?<=\n\n)/).map(({ length }) => length));
}

test('past events are cut into parts that fit with their ids', () => {
  const frames = Array.from({ length: 7 }, (_, i) => frame(i, 82));
  const limits = { maxBytes: 1_000, idBytes: 200 };
  const parts = lengthsOf(frames, limits);
  assert.deepEqual(parts, [[98, 98, 98], [98, 98, 98], [98]]);
});

test('an event that is longer than a part is a part of its own', () => {
  const frames = [frame(1, 4), frame(2, 1_999), frame(3, 4)];
  assert.deepEqual(lengthsOf(frames, { maxBytes: 1_000, idBytes: 200 }), [[20], [2_015], [20]]);
  assert.deepEqual(lengthsOf([], { maxBytes: 1_000, idBytes: 200 }), []);
});

/** A live channel without a log. */
async function openChannel(t: TestContext) {
  const log = await openLog({ logLevel: 'silent', logFormat: 'json' }, 'test');
  const all = new Metrics();
  const metrics = openBroadcastMetrics(all);
  const never = () => new Promise<never>(() => undefined);
  const bus = { subscribe: never, unsubscribe: () => undefined } as unknown as Bus;
  const events = { after: never, newest: never, heads: never };
  const channels = new LiveChannels({ log, metrics, bus, events });
  t.after(() => channels.closeAll());
  const channel = channels.acquire('a');
  channel.begin({ channel: 'a', epoch: null, head: 0, events: [], next: null });
  return { channel, metrics, all };
}

test('readers of a channel whose log comes back read it from where each was', async (t) => {
  const { channel, metrics } = await openChannel(t);
  const group = new ChannelGroup([channel], { metrics, presence: true, others: new Positions() });
  let behind = 0;
  group.behind.add(() => behind++);
  let written = 0;
  const write = () => Boolean(++written);
  group.readers.add({ framing: sseFramingFor(['many']), write, offer: () => true });
  channel.begin({ channel: 'a', epoch: 'e', head: 3, events: [], next: null }, 'epoch');
  group.flush();
  assert.deepEqual([behind, written], [1, 0]);
});

test('each signal counts once for each reader, also several of one turn', async (t) => {
  const { channel, metrics, all } = await openChannel(t);
  const group = new ChannelGroup([channel], { metrics, presence: true, others: new Positions() });
  const framing = sseFramingFor(['many']);
  for (const isBehind of [false, true]) {
    group.readers.add({ framing, write: () => true, offer: () => !isBehind });
  }
  const at = '2026-01-01T00:00:00.000Z';
  for (const type of ['typing', 'moved', 'typing']) {
    channel.receiveSignal({ channel: 'a', kind: 'signal', type, at });
  }
  channel.flush();
  group.flush();
  const text = await all.registry.metrics();
  assert.match(text, /parley_signals_total\{outcome="delivered"\} 3/);
  assert.match(text, /parley_signals_total\{outcome="dropped"\} 3/);
});
