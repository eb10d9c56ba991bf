import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import { eventsPage } from '@parley/testkit/clients/event-log.ts';
import { EventReader } from '@parley/testkit/clients/event-reader.ts';
import { post } from '@parley/testkit/clients/post.ts';
import { start } from '@parley/testkit/processes/running.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

/** More connections at once than a busy machine can accept in time would be reset. */
const AT_ONCE = 200;

test('a channel is trimmed to its newest events, and an older position gets a reset with the history', async () => {
  await using folder = await temporaryFolder();
  const env = { DATA_DIR: folder.path, RETENTION_EVENTS: '20' };
  const epoch = await (async () => {
    await using parley = await start('services/standalone', { DATA_DIR: folder.path });
    const { epoch } = await post(parley.url, 'kept', 'x');
    for (let posted = 1; posted < 2_000; ) {
      const count = Math.min(AT_ONCE, 2_000 - posted);
      await Promise.all(Array.from({ length: count }, () => post(parley.url, 'kept', 'x')));
      posted += count;
    }
    await parley.end('SIGTERM');
    return epoch;
  })();

  await using parley = await start('services/standalone', env);
  await until('the oldest events are gone', async () => {
    const { events } = await eventsPage(parley.url, 'kept', 'limit=1');
    return events[0]?.seq === 1_981;
  });
  using before = new EventReader(parley.url, 'kept', `?lastEventId=${epoch}:10`);
  using within = new EventReader(parley.url, 'kept', `?lastEventId=${epoch}:1990`);
  using newest = new EventReader(parley.url, 'kept', '?last=50');
  await Promise.all([before.greeted(), within.received(10), newest.received(20)]);
  await until('a reset arrived', () => before.resets.length > 0);
  assert.deepEqual(before.resets, [{ reason: 'expired', history: '/chat/kept/events' }]);
  await post(parley.url, 'kept', 'next');
  await Promise.all([before.received(1), within.received(11), newest.received(21)]);
  assert.deepEqual([before.seqs, within.seqs[0], newest.seqs[0]], [[2_001], 1_991, 1_981]);
  assert.deepEqual([...within.resets, ...newest.resets], []);
  const transcript = await (await fetch(`${parley.url}/chat/kept`)).text();
  assert.ok(transcript.split('\n').length <= 22);
});

test("the canaries' channel keeps only few events, independent of the retention of other channels", async () => {
  await using folder = await temporaryFolder();
  await using parley = await start('services/standalone', { DATA_DIR: folder.path });
  for (const channel of [CANARY_CHANNEL, 'lobby']) {
    await Promise.all(Array.from({ length: 300 }, () => post(parley.url, channel, 'x')));
  }
  await until('the oldest events are gone', async () => {
    const { events } = await eventsPage(parley.url, CANARY_CHANNEL, 'limit=1');
    return events[0]?.seq === 101;
  });
  const { events } = await eventsPage(parley.url, 'lobby', 'limit=1');
  assert.equal(events[0]?.seq, 1);
});
