import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChannelState } from '../store/store.ts';
import { RecentChannels } from './recent-channels.ts';

const NEWS: ChannelState = { channel: 'news', epoch: 'e', head: 1, at: 0 };

/** A list whose reads the test ends, and whose clock the test sets. */
function openList() {
  const reads: PromiseWithResolvers<ChannelState[]>[] = [];
  const clock = { ms: 1_000 };
  const channels = () => {
    const read = Promise.withResolvers<ChannelState[]>();
    reads.push(read);
    return read.promise;
  };
  const recent = new RecentChannels({ channels }, () => clock.ms);
  /** Lists while the newest read takes `ms`. */
  const listIn = async (ms: number) => {
    const list = recent.list();
    clock.ms += ms;
    reads.at(-1)?.resolve([NEWS]);
    return list;
  };
  return { recent, reads, clock, listIn };
}

test('callers at the same time share one read', async () => {
  const { recent, reads } = openList();
  const lists = [recent.list(), recent.list(), recent.list()];
  assert.equal(reads.length, 1);
  reads[0]?.resolve([NEWS]);
  assert.deepEqual(await Promise.all(lists), [[NEWS], [NEWS], [NEWS]]);
});

test('a list is not kept when this read or the one before was quick', async () => {
  const { reads, listIn } = openList();
  for (const ms of [1, 1, 50, 1, 50, 1]) await listIn(ms);
  assert.equal(reads.length, 6);
});

test('a list that takes long to read each time is kept, also when it has few channels', async () => {
  const { reads, clock, listIn } = openList();
  await listIn(50);
  assert.deepEqual(await listIn(50), [NEWS]);
  clock.ms += 999;
  assert.deepEqual(await listIn(0), [NEWS]);
  assert.equal(reads.length, 2);
  clock.ms += 1;
  await listIn(1_000);
  assert.equal(reads.length, 3);
  clock.ms += 19_999;
  await listIn(0);
  assert.equal(reads.length, 3);
  clock.ms += 1;
  await listIn(0);
  assert.equal(reads.length, 4);
});

test('a failure is kept for a second', async () => {
  const { recent, reads, clock, listIn } = openList();
  const failing = recent.list();
  reads[0]?.reject(new Error('the database is away'));
  await assert.rejects(failing, /away/);
  clock.ms += 999;
  const again = recent.list();
  assert.equal(reads.length, 1);
  await assert.rejects(again, /away/);
  clock.ms += 1;
  assert.deepEqual(await listIn(1), [NEWS]);
  assert.equal(reads.length, 2);
});

test('a channel that is made is in the next list, after the time that a read takes', async () => {
  const { recent, reads, clock, listIn } = openList();
  await listIn(50);
  await listIn(50);
  recent.channelMade();
  clock.ms += 49;
  await listIn(0);
  assert.equal(reads.length, 2);
  clock.ms += 1;
  await listIn(50);
  assert.equal(reads.length, 3);
  clock.ms += 999;
  await listIn(0);
  assert.equal(reads.length, 3);
  clock.ms += 1;

  // This read began before the channel was made, and may lack it.
  const list = recent.list();
  recent.channelMade();
  assert.equal(recent.list(), list);
  clock.ms += 50;
  reads.at(-1)?.resolve([NEWS]);
  await list;
  clock.ms += 50;
  await listIn(0);
  assert.equal(reads.length, 5);
});
