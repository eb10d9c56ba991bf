import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backlog, joinFrames } from './backlog.ts';

/** Ten bytes that hold the event's seq. */
const frame = (seq: number) => Buffer.from(`${seq}`.padStart(9, '.').concat('\n'));
const framesUpTo = (to: number, from: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => String(frame(from + i))).join('');

function filled(maxBytes: number, { last, count }: { last: number; count: number }): Backlog {
  const backlog = new Backlog(maxBytes, last);
  for (let i = 1; i <= count; i++) backlog.add(frame(last + i));
  return backlog;
}

function read(
  backlog: Backlog,
  seq: number,
  maxBytes = 1e6,
): { text: string; last: number } | undefined {
  const chunk = backlog.after(seq, maxBytes);
  return chunk && { text: String(chunk.bytes), last: chunk.last };
}

test('an empty backlog has nothing after any seq', () => {
  const backlog = new Backlog(1_000, 7);
  assert.equal(backlog.last, 7);
  for (const seq of [0, 6, 7, 8]) assert.equal(read(backlog, seq), undefined);
});

test('a backlog has the events after each seq that it reaches back to, and after no other', () => {
  const backlog = filled(1_000, { last: 100, count: 20 });
  assert.equal(backlog.last, 120);
  for (let seq = 100; seq < 120; seq++) {
    assert.deepEqual(read(backlog, seq), { text: framesUpTo(120, seq + 1), last: 120 });
  }
  for (const seq of [0, 99, 120, 121]) assert.equal(read(backlog, seq), undefined);
});

test('a full backlog drops its oldest events, and still has the right events after each seq', () => {
  const backlog = new Backlog(200, 0);
  for (let last = 1; last <= 500; last++) {
    backlog.add(frame(last));
    const oldest = Math.max(1, last - 19);
    assert.equal(read(backlog, oldest - 2), undefined);
    for (const seq of [oldest - 1, last - 1]) {
      assert.deepEqual(read(backlog, seq), { text: framesUpTo(last, seq + 1), last });
    }
  }
});

test('a chunk has whole events up to about its limit, and the next chunk begins where it ended', () => {
  const backlog = filled(1_000, { last: 0, count: 9 });
  const chunks: string[] = [];
  for (let seq = 0; seq < 9; ) {
    const chunk = read(backlog, seq, 45);
    assert.ok(chunk);
    chunks.push(chunk.text);
    seq = chunk.last;
  }
  assert.deepEqual(chunks, [framesUpTo(4, 1), framesUpTo(8, 5), framesUpTo(9, 9)]);
});

test('a chunk has at least one event, however large', () => {
  assert.deepEqual(read(filled(1_000, { last: 0, count: 3 }), 0, 1), {
    text: String(frame(1)),
    last: 1,
  });
});

test('an event larger than the backlog is counted but not kept', () => {
  const backlog = filled(100, { last: 0, count: 5 });
  backlog.add(Buffer.alloc(101));
  assert.equal(backlog.last, 6);
  for (let seq = 0; seq <= 6; seq++) assert.equal(read(backlog, seq), undefined);
  backlog.add(frame(7));
  assert.deepEqual(read(backlog, 6), { text: framesUpTo(7, 7), last: 7 });
});

test('frames are joined from an index on, and `count` is their number', () => {
  const frames = [1, 2, 3, 4].map(frame);
  assert.deepEqual(joinFrames(frames, 1, 20), { bytes: Buffer.from(framesUpTo(3, 2)), count: 2 });
  assert.deepEqual(joinFrames(frames, 4, 20), { bytes: Buffer.alloc(0), count: 0 });
});

test('a backlog that shrinks keeps its newest events, and no memory of those that it dropped', () => {
  const backlog = new Backlog(1_000, 0);
  const shared = Buffer.allocUnsafeSlow(200);
  shared.write(framesUpTo(20, 1));
  for (let seq = 1; seq <= 20; seq++) backlog.add(shared.subarray(10 * seq - 10, 10 * seq));
  backlog.shrink(30);
  backlog.add(frame(21));
  assert.deepEqual(read(backlog, 17), { text: framesUpTo(21, 18), last: 21 });
  assert.equal(read(backlog, 16), undefined);
  for (const seq of [18, 19, 20]) {
    const kept = backlog.frameOf(seq);
    assert.ok(Buffer.isBuffer(kept) && kept.buffer.byteLength === 30);
  }
});
