import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { StreamWatch } from './stream-watch.ts';

const SECOND = 1000;

/**
 * A watch on a clock that the test moves; `dead` counts how often the watch reported a dead
 * connection.
 */
function openWatch(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  let dead = 0;
  const patience = { openMs: 20 * SECOND, beatMs: 30 * SECOND, doubtMs: 3 * SECOND };
  const watch = new StreamWatch(patience, () => dead++);
  const pass = (seconds: number) => {
    for (let i = 0; i < seconds; i++) t.mock.timers.tick(SECOND);
  };
  return { watch, pass, dead: () => dead };
}

test('a connection without a first byte is dead, and later attempts may take longer', (t) => {
  const { watch, pass, dead } = openWatch(t);
  watch.opening(0);
  pass(19);
  assert.equal(dead(), 0);
  pass(1);
  assert.equal(dead(), 1);
  watch.opening(9);
  pass(79);
  assert.equal(dead(), 1);
  pass(1);
  assert.equal(dead(), 2);
});

test('a connection without heartbeats may be silent for ever', (t) => {
  const { watch, pass, dead } = openWatch(t);
  watch.opening(0);
  watch.alive();
  pass(3600);
  assert.equal(dead(), 0);
});

test('after the first heartbeats, the next ones are expected at the interval between them', (t) => {
  const { watch, pass, dead } = openWatch(t);
  watch.opening(0);
  watch.alive();
  for (let i = 0; i < 3; i++) {
    pass(15);
    watch.beat();
  }
  pass(32);
  assert.equal(dead(), 0);
  pass(1);
  assert.equal(dead(), 1);
});

test('a single heartbeat is enough to expect more, and any event is a sign of life', (t) => {
  const { watch, pass, dead } = openWatch(t);
  watch.opening(0);
  watch.beat();
  pass(62);
  watch.alive();
  pass(62);
  assert.equal(dead(), 0);
  pass(1);
  assert.equal(dead(), 1);
});

test('a server with slower heartbeats than before looks dead at most a few times', (t) => {
  const { watch, pass, dead } = openWatch(t);
  for (let beats = 0, known = -1; beats < 60; beats++) {
    if (dead() > known) watch.opening(0);
    known = dead();
    watch.beat();
    pass(600);
  }
  assert.ok(dead() <= 5, `${dead()} times`);
});

test('a doubted connection is dead unless something arrives', (t) => {
  const { watch, pass, dead } = openWatch(t);
  watch.opening(0);
  watch.alive();
  watch.doubt();
  pass(2);
  watch.alive();
  pass(60);
  assert.equal(dead(), 0);
  watch.doubt();
  watch.doubt();
  pass(3);
  assert.equal(dead(), 1);
});

test('heartbeats that a held-up page received late are counted first', (t) => {
  const { watch, dead } = openWatch(t);
  watch.opening(0);
  watch.beat();
  t.mock.timers.setTime(100 * SECOND);
  assert.equal(dead(), 0);
  watch.beat();
  t.mock.timers.tick(2 * SECOND);
  assert.equal(dead(), 0);
});
