import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { openBatcher } from './batcher.ts';

/** A turn whose flushes take the given times, on a clock that only the test moves. */
function open(t: TestContext, ...takesMs: number[]) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 1_000;
  t.mock.method(performance, 'now', () => now);
  const state = { flushes: 0 };
  const { request } = openBatcher(() => {
    now += takesMs[state.flushes++] ?? 0;
  });
  const wait = (ms: number) => {
    now += ms;
    t.mock.timers.tick(ms);
  };
  return { state, request, wait };
}

test('a flush that is requested several times runs once, at the end of the turn', async (t) => {
  const { state, request } = open(t);
  for (let i = 0; i < 10; i++) request();
  assert.equal(state.flushes, 0);
  await endOfTurn();
  assert.equal(state.flushes, 1);
  await endOfTurn();
  assert.equal(state.flushes, 1);
});

test('after a short flush the next one runs at the end of its turn, too', async (t) => {
  const { state, request } = open(t, 2, 2, 2);
  for (const flushes of [1, 2, 3]) {
    request();
    await endOfTurn();
    assert.equal(state.flushes, flushes);
  }
});

test('a long flush is followed by a pause of its own length, in which events gather', async (t) => {
  const { state, request, wait } = open(t, 30, 1);
  request();
  await endOfTurn();
  wait(10);
  for (let i = 0; i < 10; i++) request();
  await endOfTurn();
  wait(19);
  assert.equal(state.flushes, 1);
  wait(1);
  assert.equal(state.flushes, 2);
  request();
  await endOfTurn();
  assert.equal(state.flushes, 3);
});

test('the pause after a very long flush is 100 ms', async (t) => {
  const { state, request, wait } = open(t, 16_000);
  request();
  await endOfTurn();
  request();
  wait(99);
  await endOfTurn();
  assert.equal(state.flushes, 1);
  wait(1);
  assert.equal(state.flushes, 2);
});

test('a pause that has ended delays nothing', async (t) => {
  const { state, request, wait } = open(t, 30);
  request();
  await endOfTurn();
  wait(30);
  request();
  await endOfTurn();
  assert.equal(state.flushes, 2);
});

test('a flush that is requested during a flush runs after it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let flushes = 0;
  const { request } = openBatcher(() => {
    if (++flushes === 1) request();
  });
  request();
  await endOfTurn();
  assert.equal(flushes, 1);
  t.mock.timers.tick(1_000);
  await endOfTurn();
  assert.equal(flushes, 2);
});
