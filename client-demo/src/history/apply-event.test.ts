import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deletion, Edit, LogEvent, Message, Reaction, Vote } from '@parley/client';
import { changedMessage, changesAfter, closingAfter } from './apply-event.ts';

const AT = '2025-11-20T10:00:00.000Z';
const LATER = '2025-11-20T10:05:00.000Z';

function placed(seq: number, at = AT) {
  return { channel: 'general', epoch: 'e1', seq, id: `e1:${seq}`, at };
}

const SAID: Message = {
  ...placed(1),
  kind: 'message',
  username: 'omri',
  message: 'hi',
  up: 0,
  down: 0,
};
const vote = (seq: number, up: number): Vote => ({
  ...placed(seq),
  kind: 'vote',
  ref: 1,
  up,
  down: 0,
});
const react = (seq: number, emoji: string, count: number): Reaction => ({
  ...placed(seq),
  kind: 'reaction',
  ref: 1,
  emoji,
  count,
});
const edit = (seq: number, message: string): Edit => ({
  ...placed(seq, LATER),
  kind: 'edit',
  ref: 1,
  message,
});
const deletion = (seq: number): Deletion => ({ ...placed(seq), kind: 'delete', ref: 1 });

function after(...events: LogEvent[]): Message {
  return changedMessage(SAID, changesAfter(new Map(), events).get(1) ?? {});
}

test('the newest tally and the newest text are shown, in any order of arrival', () => {
  assert.deepEqual(after(vote(5, 2), vote(4, 1), edit(6, 'ho'), edit(3, 'ha')), {
    ...SAID,
    up: 2,
    message: 'ho',
    edited: LATER,
  });
});

test('the newest count of each emoji is shown, in any order of arrival, and 0 is not', () => {
  const events = [react(3, '👍', 2), react(2, '👍', 1), react(4, '🎉', 1), react(6, '🎉', 0)];
  const { reactions, ...others } = after(...events);
  assert.deepEqual([reactions, others], [{ '👍': 2 }, SAID]);
  assert.deepEqual(after(react(2, '👍', 0)), SAID);
  const counted: Message = { ...SAID, reactions: { '🎉': 1, '👍': 1 } };
  const changes = changesAfter(new Map(), [react(7, '❤️', 1), react(8, '🎉', 3)]).get(1) ?? {};
  const shown = changedMessage(counted, changes);
  assert.equal(JSON.stringify(shown.reactions), '{"🎉":3,"👍":1,"❤️":1}');
  assert.equal(changedMessage(shown, changes), shown, 'its row is not drawn again');
});

test('a deleted message has no text, whether an edit arrives before or after the deletion', () => {
  for (const events of [
    [edit(3, 'ho'), react(3, '👍', 1), deletion(4)],
    [deletion(4), edit(3, 'ho')],
  ]) {
    assert.deepEqual(after(...events), { ...SAID, message: '', deleted: true });
  }
});

test('a message without new changes keeps its object', () => {
  assert.equal(changedMessage(SAID, {}), SAID);
  const known = { ...SAID, up: 1, message: 'ho', edited: LATER };
  assert.equal(changedMessage(known, { vote: vote(4, 1), edit: edit(5, 'ho') }), known);
});

test('the number of remembered changes is limited, and the oldest are dropped first', () => {
  const events = Array.from({ length: 4000 }, (_, i) => ({ ...vote(5001 + i, 1), ref: i + 1 }));
  const changes = changesAfter(new Map(), events);
  assert.equal(changes.size, 3000);
  assert.ok(!changes.has(1));
  assert.ok(changes.has(4000));
});

test('a closed channel stays closed until it is opened again', () => {
  const close: LogEvent = { ...placed(2), kind: 'close' };
  const reopen: LogEvent = { ...placed(3), kind: 'reopen' };
  const open = { closed: false, seq: 0 };
  const closed = { closed: true, seq: 2 };
  assert.deepEqual(closingAfter(open, [SAID, close]), closed);
  assert.deepEqual(closingAfter(closed, [reopen, SAID]), { closed: false, seq: 3 });
  assert.equal(closingAfter(closed, [SAID]), closed);
});

test('an older close or reopen changes nothing', () => {
  const close: LogEvent = { ...placed(2), kind: 'close' };
  const reopened = { closed: false, seq: 3 };
  assert.equal(closingAfter(reopened, [close]), reopened);
});
