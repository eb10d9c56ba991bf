import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent, ChatMessage } from '@parley/contract/event.ts';
import type { EventsPage } from '@parley/contract/events-page.ts';
import {
  type ChannelHistory,
  EMPTY_HISTORY,
  type HistoryChange,
  hasEarlier,
  historyAfter,
} from './channel-history.ts';

function event(seq: number, epoch = 'e1'): ChatMessage {
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

function page(seqs: number[], next: number | null, epoch = 'e1'): EventsPage {
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

test('events are held once each and in order, whatever the order of their arrival', () => {
  assert.deepEqual(seqs(historyOf(arrived(4, 5), arrived(5, 7), arrived(6))), [4, 5, 6, 7]);
  assert.deepEqual(seqs(historyOf(arrived(3, 2, 2, 1))), [1, 2, 3]);
});

test('an event keeps its object when it comes again, so that its row is not drawn again', () => {
  const before = historyOf(arrived(1, 2));
  const after = historyAfter(before, arrived(1, 2, 3));
  assert.equal(after.events[1], before.events[1]);
  assert.equal(after.events.length, 3);
});

test('earlier pages join in front until the log has no more', () => {
  const some = historyOf(arrived(8, 9), { type: 'earlier', page: page([5, 6, 7], 5) });
  assert.deepEqual(seqs(some), [5, 6, 7, 8, 9]);
  assert.equal(hasEarlier(some), true);
  const pruned = historyAfter(some, { type: 'earlier', page: page([3, 4], null) });
  assert.equal(hasEarlier(pruned), false, 'the log was cut before 3');
  assert.equal(hasEarlier(historyOf(arrived(1, 2))), false, 'seq 1 is the first there can be');
  assert.equal(hasEarlier(EMPTY_HISTORY), false);
});

test('an event of another epoch starts the history afresh', () => {
  const replaced = historyOf(arrived(8, 9), {
    type: 'arrived',
    events: [event(9), event(1, 'e2')],
  });
  assert.deepEqual(
    replaced.events.map(({ id }) => id),
    ['e2:1'],
  );
});

test('a page of an older log is not mixed in', () => {
  const history = historyOf(arrived(8));
  assert.equal(historyAfter(history, { type: 'earlier', page: page([7], null, 'e0') }), history);
});

test('an acknowledged message is shown at once, and not twice when the stream brings it', () => {
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

test('a trimmed history keeps the newest and can load the rest again', () => {
  const whole = historyOf(arrived(3, 4, 5, 6), { type: 'earlier', page: page([2], null) });
  const trimmed = historyAfter(whole, { type: 'trim', keep: 2 });
  assert.deepEqual(seqs(trimmed), [5, 6]);
  assert.equal(hasEarlier(trimmed), true);
});

test('a flood of events does not grow the history without bound', () => {
  const flood = Array.from({ length: 10_000 }, (_, index) => index + 1);
  assert.equal(historyOf(arrived(...flood)).events.length, 3000);
});

test('a restart forgets everything', () => {
  assert.equal(historyOf(arrived(1, 2), { type: 'restart' }), EMPTY_HISTORY);
});

const vote = (seq: number, ref: number, up: number): ChatEvent => ({
  ...place(seq),
  ...{ kind: 'vote', ref, up, down: 0 },
});
const edit = (seq: number, ref: number, message: string): ChatEvent => ({
  ...place(seq),
  ...{ kind: 'edit', ref, message },
});
const remove = (seq: number, ref: number): ChatEvent => ({ ...place(seq), kind: 'delete', ref });

function place(seq: number) {
  const { channel, epoch, id, at } = event(seq);
  return { channel, epoch, seq, id, at };
}

test('votes, edits and deletes change the messages that they are about, and are none themselves', () => {
  const changes = [vote(3, 1, 1), edit(4, 2, 'better'), vote(5, 1, 2), vote(6, 99, 7)];
  const history = historyOf(arrived(1, 2), { type: 'arrived', events: changes });
  const better = { ...event(2), message: 'better', edited: event(4).at };
  assert.deepEqual(history.events, [{ ...event(1), up: 2 }, better]);
  const last = historyAfter(history, { type: 'arrived', events: [remove(7, 1)] });
  assert.deepEqual(last.events[0], { ...event(1), message: '', deleted: true });
  assert.equal(last.events[1], history.events[1], 'the other keeps its object');
});

test('an earlier page has the changes up to its head and gets those after it', () => {
  const changes = [vote(8, 1, 1), vote(9, 1, 2), edit(11, 2, 'new')];
  const history = historyOf({ type: 'arrived', events: changes });
  const asked = { ...page([1, 2], null), head: 10 };
  const read = asked.events.map((said) => (said.seq === 1 ? { ...said, up: 5 } : said));
  const whole = historyAfter(history, {
    type: 'earlier',
    page: { ...asked, events: read as ChatEvent[] },
  });
  assert.deepEqual(
    whole.events.map((said) => [said.up, said.message]),
    [
      [5, 'message 1'],
      [0, 'new'],
    ],
  );
});

test('where only votes are held, what was said is earlier', () => {
  const history = historyOf({ type: 'arrived', events: [vote(8, 1, 1), vote(9, 1, 2)] });
  assert.deepEqual([history.start, hasEarlier(history)], [8, true]);
  const back = historyAfter(history, { type: 'earlier', page: page([4, 5], 4) });
  assert.deepEqual([back.start, seqs(back)], [4, [4, 5]]);
});
