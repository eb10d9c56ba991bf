import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogEvent } from '@parley/client';
import type { HistoryChange } from './channel-history.ts';
import { HistoryBatch } from './history-batch.ts';

function arrived(seq: number): HistoryChange {
  const event: LogEvent = {
    channel: 'general',
    epoch: 'e1',
    seq,
    id: `e1:${seq}`,
    kind: 'message',
    at: '2025-11-20T10:00:00.000Z',
    username: 'omri',
    message: 'hi',
    up: 0,
    down: 0,
  };
  return { type: 'arrived', events: [event] };
}

function described(change: HistoryChange): string {
  return change.type === 'arrived' ? change.events.map(({ seq }) => seq).join() : change.type;
}

test('what is gathered when the batch is closed is applied at once', () => {
  const applied: string[] = [];
  const batch = new HistoryBatch((change) => applied.push(described(change)));
  batch.add(arrived(7));
  batch.close();
  assert.deepEqual(applied, ['7']);
});

test('a burst is applied as one change, and a restart keeps its place in the order', async () => {
  const applied: string[] = [];
  const third = Promise.withResolvers<void>();
  const batch = new HistoryBatch((change) => {
    applied.push(described(change));
    if (applied.length === 3) third.resolve();
  });
  for (const seq of [7, 8]) batch.add(arrived(seq));
  batch.add({ type: 'restart' });
  for (const seq of [1, 2, 3]) batch.add(arrived(seq));
  assert.deepEqual(applied, []);
  await third.promise;
  assert.deepEqual(applied, ['7,8', 'restart', '1,2,3']);
});
