import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent } from '@parley/contract/events/event.ts';
import { encodeEventFrame } from '@parley/contract/streams/sse.ts';
import { Backlog } from './backlog.ts';
import { BacklogEdits } from './backlog-edits.ts';

const place = (seq: number) => ({
  channel: 'general',
  epoch: 'e1',
  seq,
  id: `e1:${seq}`,
  at: '2018-02-25T14:00:51.000Z',
});
const posted = (seq: number, message: string): ChatEvent => ({
  ...place(seq),
  kind: 'message',
  username: 'omri',
  message,
  up: 2,
  down: 1,
});
const edit = (seq: number, ref: number, message: string) =>
  ({ ...place(seq), kind: 'edit', ref, message }) as const;
const remove = (seq: number, ref: number) => ({ ...place(seq), kind: 'delete', ref }) as const;

/** A backlog with `events`; it began with the first `begunWith` of them. */
function open(events: ChatEvent[], { begunWith = 0, maxBytes = 1e6 } = {}) {
  const backlog = new Backlog(maxBytes, 0);
  const begun = events.slice(0, begunWith);
  const edits = new BacklogEdits(backlog, begun);
  for (const event of events.slice(begunWith)) {
    edits.add(event, Buffer.from(encodeEventFrame(event)));
  }
  const text = (from = backlog.start) => String(backlog.after(from, 1e6)?.bytes);
  return { backlog, text };
}

const framesOf = (...events: ChatEvent[]) => events.map(encodeEventFrame).join('');

for (const begunWith of [0, 3]) {
  test(`a deleted text is gone from its message and from every edit (${begunWith} events were there before)`, () => {
    const first = posted(1, 'secret 1');
    const { text } = open(
      [first, posted(2, 'other'), edit(3, 1, 'secret 2'), posted(4, 'more'), remove(5, 1)],
      { begunWith },
    );
    assert.doesNotMatch(text(), /secret/);
    const gone = { ...first, message: '', up: 0, down: 0, deleted: true } as ChatEvent;
    const events = [gone, posted(2, 'other'), edit(3, 1, ''), posted(4, 'more'), remove(5, 1)];
    assert.equal(text(), framesOf(...events));
    assert.equal(text(3), framesOf(posted(4, 'more'), remove(5, 1)));
  });
}

test('an edit changes the text of its message and of its earlier edits', () => {
  const { text } = open([posted(1, 'a'), edit(2, 1, 'b'), posted(3, 'x'), edit(4, 1, 'c')]);
  const texts = text().matchAll(/"message":"(\w)"/g);
  assert.deepEqual(
    [...texts].map(([, message]) => message),
    ['c', 'c', 'x', 'c'],
  );
});

test('changes of messages that the backlog no longer has are skipped, and the bytes stay bounded', () => {
  const { backlog, text } = open(
    [...Array.from({ length: 50 }, (_, i) => posted(i + 1, 'm')), edit(51, 1, 'b'), remove(52, 1)],
    { maxBytes: 2_000 },
  );
  assert.ok(backlog.start > 1);
  assert.match(text(), /"kind":"delete"/);
  const longer = open([posted(1, 'a'), posted(2, 'b'), edit(3, 2, 'l'.repeat(700))], {
    maxBytes: 1_200,
  });
  assert.ok(longer.text(2).length < 1_200);
  assert.equal(longer.backlog.after(0, 1e6), undefined);
});

test('events of other kinds stay unchanged', () => {
  const vote: ChatEvent = { ...place(2), kind: 'vote', ref: 1, up: 3, down: 1 };
  const { text } = open([posted(1, 'a'), vote, remove(3, 2)]);
  assert.equal(text(1), framesOf(vote, remove(3, 2)));
});

test('an edit costs the same the first and the ten-thousandth time', () => {
  const backlog = new Backlog(1e7, 0);
  const edits = new BacklogEdits(backlog);
  const add = (event: ChatEvent) => edits.add(event, Buffer.from(encodeEventFrame(event)));
  add(posted(1, 'a'));
  const takesMs = (from: number) => {
    const startedAt = performance.now();
    for (let seq = from; seq < from + 1_000; seq++) add(edit(seq, 1, `text ${seq}`));
    return performance.now() - startedAt;
  };
  const first = takesMs(2);
  for (let seq = 1_002; seq <= 9_001; seq++) add(edit(seq, 1, `text ${seq}`));
  const last = takesMs(9_002);
  assert.ok(last < 5 * first + 100, `${first} ms, then ${last} ms`);
  assert.equal(backlog.start, 0);
});

test('edits that grow drop the oldest events, and a text is dropped with its last edit', () => {
  const { backlog, text } = open(
    [posted(1, 'a'), edit(2, 1, 'b'), edit(3, 1, 'c'), posted(4, 'x'), edit(5, 1, 'l'.repeat(600))],
    { maxBytes: 1_300 },
  );
  assert.ok(backlog.start > 2);
  assert.equal(text(), framesOf(posted(4, 'x'), edit(5, 1, 'l'.repeat(600))));
  const other = open(
    [posted(1, 'a'), edit(2, 1, 'b'), posted(3, 'y'.repeat(900)), edit(4, 1, 'c')],
    { maxBytes: 1_300 },
  );
  assert.equal(other.text(2), framesOf(posted(3, 'y'.repeat(900)), edit(4, 1, 'c')));
});
