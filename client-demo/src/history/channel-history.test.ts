import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message, Page } from '@parley/client';
import {
  type ChannelHistory,
  EMPTY_HISTORY,
  type HistoryChange,
  hasEarlier,
  historyAfter,
} from './channel-history.ts';

function event(seq: number, epoch = 'e1'): Message {
  return {
    channel: 'general',
    epoch,
    seq,
    id: `${epoch}:${seq}`,
    kind: 'message',
    at: '2025-11-20T10:00:00.000Z',
    username: 'omri',
    message: `message ${seq}`,
    up: 0,
    down: 0,
  };
}

function arrived(...seqs: number[]): HistoryChange {
  return { type: 'arrived', events: seqs.map((seq) => event(seq)) };
}

function page(seqs: number[], next: number | null, epoch = 'e1'): Page {
  return {
    channel: 'general',
    epoch,
    head: 99,
    events: seqs.map((seq) => event(seq, epoch)),
    next,
  };
}

function historyOf(...changes: HistoryChange[]): ChannelHistory {
  return changes.reduce(historyAfter, EMPTY_HISTORY);
}

function seqs(history: ChannelHistory): number[] {
  return history.events.map(({ seq }) => seq);
}

test('events are held once each and in order, in any order of arrival', () => {
  assert.deepEqual(seqs(historyOf(arrived(4, 5), arrived(5, 7), arrived(6))), [4, 5, 6, 7]);
  assert.deepEqual(seqs(historyOf(arrived(3, 2, 2, 1))), [1, 2, 3]);
});

test('an event that arrives again keeps its object, so that its row is not drawn again', () => {
  const before = historyOf(arrived(1, 2));
  const after = historyAfter(before, arrived(1, 2, 3));
  assert.equal(after.events[1], before.events[1]);
  assert.equal(after.events.length, 3);
});

test('earlier pages are added in front until the log has no more', () => {
  const some = historyOf(arrived(8, 9), { type: 'earlier', page: page([5, 6, 7], 5) });
  assert.deepEqual(seqs(some), [5, 6, 7, 8, 9]);
  assert.equal(hasEarlier(some), true);
  const pruned = historyAfter(some, { type: 'earlier', page: page([3, 4], null) });
  assert.equal(hasEarlier(pruned), false, 'the log has nothing before 3');
  assert.equal(hasEarlier(historyOf(arrived(1, 2))), false, 'seq 1 is the lowest there is');
  assert.equal(hasEarlier(EMPTY_HISTORY), false);
});

test('an event of another epoch replaces the history', () => {
  const replaced = historyOf(arrived(8, 9), {
    type: 'arrived',
    events: [event(9), event(1, 'e2')],
  });
  assert.deepEqual(
    replaced.events.map(({ id }) => id),
    ['e2:1'],
  );
});

test('a page of another log is not added', () => {
  const history = historyOf(arrived(8));
  assert.equal(historyAfter(history, { type: 'earlier', page: page([7], null, 'e0') }), history);
});

test('an acknowledged message is shown at once, and not again when the stream brings it', () => {
  const { kind: _, up: __, down: ___, ...stored } = event(3);
  const acknowledged: HistoryChange = {
    type: 'acknowledged',
    receipt: { ...stored, server: 'chat-1' },
  };
  const history = historyOf(arrived(1, 2), acknowledged);
  assert.deepEqual(history.events.at(-1), event(3));
  assert.deepEqual(seqs(historyAfter(history, arrived(3, 4))), [1, 2, 3, 4]);
  const other = historyOf({ type: 'arrived', events: [event(1, 'e2')] });
  assert.equal(historyAfter(other, acknowledged), other, 'a receipt does not replace a log');
});

test('a trimmed history keeps the newest events and can load the earlier ones again', () => {
  const whole = historyOf(arrived(3, 4, 5, 6), { type: 'earlier', page: page([2], null) });
  const trimmed = historyAfter(whole, { type: 'trim', keep: 2 });
  assert.deepEqual(seqs(trimmed), [5, 6]);
  assert.equal(hasEarlier(trimmed), true);
});

test('a flood of events does not grow the history without limit', () => {
  const flood = Array.from({ length: 20_000 }, (_, index) => index + 1);
  assert.equal(historyOf(arrived(...flood)).events.length, 10_000);
});

test('a restart empties the history', () => {
  assert.equal(historyOf(arrived(1, 2), { type: 'restart' }), EMPTY_HISTORY);
});

test('a vote changes its message, also when an older page with the message arrives later', () => {
  const common = { channel: 'general', epoch: 'e1', at: '2025-11-20T10:00:00.000Z' };
  const vote = (seq: number, ref: number): HistoryChange => ({
    type: 'arrived',
    events: [{ ...common, seq, id: `e1:${seq}`, kind: 'vote', ref, up: 4, down: 1 }],
  });
  const history = historyOf(arrived(8, 9), vote(10, 9), vote(11, 7), {
    type: 'earlier',
    page: page([7], null),
  });
  assert.deepEqual(seqs(history), [7, 8, 9]);
  assert.deepEqual(
    history.events.map(({ up }) => up),
    [4, 0, 4],
  );
});

test('a page without messages counts as read, so that the next page is before it', () => {
  const votes: Page = {
    ...page([], 5),
    events: [5, 6].map((seq) => ({
      channel: 'general',
      epoch: 'e1',
      seq,
      id: `e1:${seq}`,
      at: '2025-11-20T10:00:00.000Z',
      kind: 'vote',
      ref: 1,
      up: 1,
      down: 0,
    })),
  };
  const history = historyOf(arrived(7), { type: 'earlier', page: votes });
  assert.equal(history.first, 5);
  assert.equal(hasEarlier(history), true);
});

test('a hello sets whether the channel is closed, unless something newer is known', () => {
  const greeted = (head: number, closed?: true, epoch = 'e1'): HistoryChange => ({
    type: 'greeted',
    state: {
      channel: 'general',
      epoch,
      head,
      ...(closed && { closed }),
    },
  });
  const reopened: HistoryChange = {
    type: 'arrived',
    events: [
      {
        channel: 'general',
        epoch: 'e1',
        seq: 6,
        id: 'e1:6',
        kind: 'reopen',
        at: '2025-11-20T10:00:00.000Z',
      },
    ],
  };
  const isClosed = (...changes: HistoryChange[]) => historyOf(...changes).closing.closed;
  assert.equal(isClosed(greeted(5, true), arrived(4, 5)), true);
  assert.equal(isClosed(greeted(5, true), reopened), false);
  assert.equal(isClosed(reopened, greeted(5, true)), false);
  assert.equal(isClosed(arrived(4, 5), greeted(9, true, 'e2')), false);
});
