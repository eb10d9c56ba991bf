import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent } from '@parley/contract/events/event.ts';
import { HeldEvents } from './held-events.ts';
import { Sequencer } from './sequencer.ts';

function event(seq: number, epoch = 'e1'): ChatEvent {
  return {
    channel: 'general',
    epoch,
    seq,
    id: `${epoch}:${seq}`,
    kind: 'message',
    at: '2018-02-25T14:00:51.000Z',
    username: 'omri',
    message: `m${seq}`,
    up: 0,
    down: 0,
  };
}

function open(
  start: { epoch: string | null; last: number } = { epoch: 'e1', last: 0 },
  space?: HeldEvents,
) {
  const delivered: number[] = [];
  const sequencer = new Sequencer(start, ({ seq }) => void delivered.push(seq), space);
  return { delivered, sequencer, accept: (seq: number) => sequencer.accept(event(seq)) };
}

const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);

/** Pseudorandom numbers from 0 to 1, the same for each seed (mulberry32). */
function openRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test('events in order pass at once', () => {
  const { delivered, accept, sequencer } = open();
  assert.deepEqual(upTo(3).map(accept), ['next', 'next', 'next']);
  assert.deepEqual(delivered, [1, 2, 3]);
  assert.equal(sequencer.last, 3);
});

test('an event beyond a gap is held until the gap is filled, and then passes in order', () => {
  const { delivered, accept, sequencer } = open({ epoch: 'e1', last: 10 });
  assert.deepEqual([13, 12, 13].map(accept), ['held', 'held', 'held']);
  assert.deepEqual(delivered, []);
  assert.equal(sequencer.last, 10);
  assert.equal(accept(11), 'next');
  assert.deepEqual(delivered, [11, 12, 13]);
  assert.equal(sequencer.last, 13);
});

test('a delivered event is dropped when it comes again, also one that was held', () => {
  const { delivered, accept } = open();
  for (const seq of [2, 1]) accept(seq);
  assert.deepEqual([1, 2].map(accept), ['repeated', 'repeated']);
  assert.deepEqual(delivered, [1, 2]);
});

for (const seed of upTo(20)) {
  test(`when a bus loses, repeats and reorders, the log completes it: each once, in order (seed ${seed})`, () => {
    const random = openRandom(seed);
    const n = 300;
    const { delivered, accept } = open();
    const brought = upTo(n)
      .flatMap((seq) => (random() < 0.2 ? [] : random() < 0.2 ? [seq, seq] : [seq]))
      .map((seq) => ({ seq, place: seq + random() * 40 }))
      .sort((a, b) => a.place - b.place);
    for (const { seq } of brought) accept(seq);
    assert.notEqual(delivered.length, n, 'the bus lost something');
    for (const seq of upTo(n)) accept(seq);
    assert.deepEqual(delivered, upTo(n));
  });
}

test('a gap before very many events holds a bounded number of bytes, and in the end none is lost', () => {
  const space = new HeldEvents(10_000);
  const { delivered, accept } = open({ epoch: 'e1', last: 0 }, space);
  for (const seq of upTo(60, 2)) accept(seq);
  assert.ok(space.bytes > 9_000 && space.bytes <= 10_000, `${space.bytes} bytes`);
  accept(1);
  assert.ok(delivered.length < 60);
  assert.deepEqual(delivered, upTo(delivered.length));
  assert.equal(space.bytes, 0);
  for (const seq of upTo(60)) accept(seq);
  assert.deepEqual(delivered, upTo(60));
});

test('an event of another epoch is foreign and changes nothing', () => {
  const { delivered, accept, sequencer } = open();
  assert.equal(sequencer.accept(event(1, 'e2')), 'foreign');
  assert.equal(sequencer.epoch, 'e1');
  assert.equal(accept(1), 'next');
  assert.deepEqual(delivered, [1]);
});

test('every event is foreign to a channel without a log, until its log begins', () => {
  const { accept, delivered, sequencer } = open({ epoch: null, last: 0 });
  assert.equal(accept(1), 'foreign');
  assert.equal(sequencer.epoch, null);
  sequencer.beginEpoch('e1');
  assert.equal(accept(1), 'next');
  assert.deepEqual(delivered, [1]);
  assert.equal(sequencer.accept(event(2, 'e2')), 'foreign');
});
