import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Edit, Message, Page } from '@parley/client';
import {
  type ChannelHistory,
  EMPTY_HISTORY,
  type HistoryChange,
  hasEarlier,
  historyAfter,
  shownPart,
} from './channel-history.ts';

const COMMON = { channel: 'general', epoch: 'e1', at: '2025-11-20T10:00:00.000Z' };

function event(seq: number): Message {
  const id = `e1:${seq}`;
  return {
    ...COMMON,
    seq,
    id,
    kind: 'message',
    username: 'omri',
    message: `m${seq}`,
    up: 0,
    down: 0,
  };
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

function page(from: number, to: number, next: number | null): Page {
  return { channel: 'general', epoch: 'e1', head: 100, events: range(from, to).map(event), next };
}

/** A history that holds the messages 91 to 100, and what the changes add. */
function historyOf(...changes: HistoryChange[]): ChannelHistory {
  const live: HistoryChange = { type: 'arrived', events: range(91, 100).map(event) };
  return [live, ...changes].reduce(historyAfter, EMPTY_HISTORY);
}

const around: HistoryChange = { type: 'around', page: page(11, 20, 20), after: 10 };
const seqs = ({ events }: { events: readonly Message[] }) => events.map(({ seq }) => seq);

test('a jump into the past shows the messages there, and live messages go on', () => {
  const history = historyOf(around, { type: 'arrived', events: [event(101)] });
  assert.deepEqual(seqs(shownPart(history)), range(11, 20));
  assert.deepEqual(seqs(history), range(91, 101));
  assert.equal(hasEarlier(shownPart(history)), true);
  assert.deepEqual(seqs(shownPart(historyAfter(history, { type: 'newest' }))), range(91, 101));
});

test('an excerpt grows in both directions', () => {
  const history = historyOf(
    around,
    { type: 'earlier', page: page(1, 10, null) },
    { type: 'later', page: page(21, 30, 30) },
  );
  assert.deepEqual(seqs(shownPart(history)), range(1, 30));
  assert.equal(hasEarlier(shownPart(history)), false);
  assert.equal(history.first, 91);
});

test('an excerpt that reaches the newest messages becomes a part of them', () => {
  const reached = historyOf(around, { type: 'later', page: page(21, 90, 90) });
  assert.equal(reached.excerpt, undefined);
  assert.deepEqual(seqs(reached), range(11, 100));
  assert.equal(reached.first, 11);
  const overlapping = historyOf({ type: 'around', page: page(81, 100, null), after: 80 });
  assert.equal(overlapping.excerpt, undefined);
  assert.deepEqual(seqs(overlapping), range(81, 100));
});

test('edits apply to an excerpt, before it is read and after', () => {
  const edit = (seq: number, ref: number): Edit => ({
    ...COMMON,
    seq,
    id: `e1:${seq}`,
    kind: 'edit',
    ref,
    message: 'edited',
  });
  const history = historyOf({ type: 'arrived', events: [edit(101, 12)] }, around, {
    type: 'arrived',
    events: [edit(102, 13)],
  });
  const texts = shownPart(history).events.map(({ message }) => message);
  assert.deepEqual(texts.slice(0, 4), ['m11', 'edited', 'edited', 'm14']);
});

test('a page of another log changes nothing, and a restart ends an excerpt', () => {
  const other = { ...page(11, 20, 20), epoch: 'e2' };
  assert.equal(historyOf({ type: 'around', page: other, after: 10 }).excerpt, undefined);
  assert.equal(historyOf(around, { type: 'restart' }).excerpt, undefined);
  assert.equal(historyOf({ type: 'later', page: page(21, 30, 30) }).excerpt, undefined);
});
