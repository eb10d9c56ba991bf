import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventsPage } from '@parley/contract/events/events-page.ts';
import type { HookPosition } from '../store/store.ts';
import { positionIn } from './position-in.ts';

/** A log with events that were stored at these times. */
function logOf(times: number[]) {
  let asked = 0;
  const epoch = 'new';
  const page = async (channel: string, after: number, limit: number): Promise<EventsPage> => {
    asked++;
    const events = times.slice(after, after + limit).map((time, i) => {
      const seq = after + i + 1;
      const at = new Date(time).toISOString();
      return { channel, epoch, seq, id: `${epoch}:${seq}`, at, kind: 'close' as const };
    });
    return { channel, epoch, head: times.length, events, next: null };
  };
  return { page, epoch, head: times.length, asked: () => asked };
}

async function moved(times: number[], before: Partial<HookPosition>) {
  const log = logOf(times);
  const failures = { since: 0, tries: 0, retryAt: 0, reason: '' };
  const position = { channel: 'a', epoch: 'old', seq: 0, at: 0, ...failures, ...before };
  const { epoch, seq } = await positionIn(log, log, position);
  assert.equal(epoch, 'new');
  return { seq, asked: log.asked() };
}

test('in a restored log delivery goes on after the event that was delivered last', async () => {
  const times = [10, 20, 20, 20, 30];
  for (const seq of [1, 2, 3, 4, 5])
    assert.deepEqual(await moved(times, { seq, at: times[seq - 1] ?? 0 }), { seq, asked: 1 });
});

test('where later events are lost, delivery goes on with those that were stored after them', async () => {
  assert.equal((await moved([10, 20], { seq: 4, at: 40 })).seq, 2);
  assert.equal((await moved([10, 20, 50, 60], { seq: 4, at: 40 })).seq, 2);
});

test('a channel that was made anew is delivered from its first event', async () => {
  assert.equal((await moved([50, 60, 70], { seq: 2, at: 40 })).seq, 0);
  assert.equal((await moved([50, 60, 70], { epoch: '', seq: 0 })).seq, 0);
  assert.equal((await moved([], { seq: 2, at: 40 })).seq, 0);
});

test('the place in a long log is found with few requests', async () => {
  const times = Array.from({ length: 100_000 }, (_, i) => i + 1);
  const { seq, asked } = await moved(times, { seq: 100_001, at: 77_777 });
  assert.equal(seq, 77_777);
  assert.ok(asked <= 18, `${asked} requests`);
});
