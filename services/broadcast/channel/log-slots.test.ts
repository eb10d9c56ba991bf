import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { EventsPage } from '@parley/contract/events/events-page.ts';
import { withSlots } from './log-slots.ts';

test('each slot has one query for a page at a time, and a query that fails frees its slot', async () => {
  const asked: PromiseWithResolvers<EventsPage>[] = [];
  const ask = () => {
    const query = Promise.withResolvers<EventsPage>();
    asked.push(query);
    return query.promise;
  };
  const log = withSlots({ after: ask, newest: ask, heads: async () => [] }, 2);
  const answers = [1, 2, 3, 4, 5].map((after) => log.after('c', after, 10).catch(() => 'failed'));
  await endOfTurn();
  assert.equal(asked.length, 2);
  assert.deepEqual(await log.heads([]), []);
  asked[0]?.reject(new Error('away'));
  await endOfTurn();
  assert.equal(asked.length, 3);
  for (let i = 1; i < 5; i++) {
    asked[i]?.resolve({ channel: 'c', epoch: null, head: 0, events: [], next: null });
    await endOfTurn();
  }
  assert.equal(asked.length, 5);
  assert.equal((await Promise.all(answers))[0], 'failed');
});
