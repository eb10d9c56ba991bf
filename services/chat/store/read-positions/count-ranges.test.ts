import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANSWER_EVENTS, countRanges, UNREAD_EVENTS } from './count-ranges.ts';

/** Places of an account that has not read the given numbers of events of channels. */
const places = (...unread: number[]) =>
  unread.map((head, id) => ({ id, channel: `c${id}`, head, private: 0, seq: 0 }));
/** How many events of each channel are counted. */
const counted = (...unread: number[]) =>
  countRanges(places(...unread)).map(({ id, after }) => (unread[id] ?? 0) - after);

test('few channels are counted up to their own bound, and a read one not at all', () => {
  assert.deepEqual(counted(5, 0, 2_000), [5, UNREAD_EVENTS]);
  const place = { id: 1, channel: 'c', head: 9, private: 0, seq: 7 };
  assert.deepEqual(countRanges([place]), [{ id: 1, channel: 'c', after: 7 }]);
});

test('many channels share the events of one answer, and short ones are counted whole', () => {
  const many = counted(3, ...new Array<number>(499).fill(2_000), 7);
  assert.deepEqual([many[0], many.at(-1)], [3, 7]);
  assert.deepEqual(new Set(many.slice(1, -1)), new Set([100]));
  const total = counted(...new Array<number>(1_000).fill(1_000)).reduce((a, b) => a + b);
  assert.equal(total, ANSWER_EVENTS);
});
