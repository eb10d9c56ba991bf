import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { CatchUpSpace } from './catch-up-space.ts';

/** A reader whose chunk the test sends, or which the test cuts. */
function reader() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const state = { isCut: false };
  const cut = () => {
    state.isCut = true;
    resolve();
  };
  return { state, cut, take: resolve, drained: () => promise };
}

test('without space a reader waits until the chunk of another one is sent', async () => {
  const space = new CatchUpSpace(2);
  const [a, b] = [reader(), reader()];
  const held = [space.hold(a), space.hold(b)];
  assert.equal(space.isFull, true);
  let free = false;
  const waits = space.free().then(() => {
    free = true;
  });
  await endOfTurn();
  assert.equal(free, false);
  a.take();
  await waits;
  assert.equal(space.holding, 1);
  b.take();
  await Promise.all(held);
});

test('a reader that needs no more space lets the next one try', async () => {
  const space = new CatchUpSpace(1);
  const a = reader();
  const held = space.hold(a);
  const first = space.free();
  const second = space.free();
  a.take();
  await Promise.all([held, first]);
  space.passOn();
  await second;
});

test('while others wait, a reader whose chunk is unsent for 2 s is cut', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 1_000;
  t.mock.method(performance, 'now', () => now);
  const space = new CatchUpSpace(1);
  const a = reader();
  const held = space.hold(a);
  const wait = (ms: number) => {
    now += ms;
    t.mock.timers.tick(ms);
  };
  wait(60_000);
  assert.equal(a.state.isCut, false);
  now = 1_000;
  const free = space.free();
  wait(1_900);
  assert.equal(a.state.isCut, false);
  wait(400);
  assert.equal(a.state.isCut, true);
  await Promise.all([held, free]);
});
