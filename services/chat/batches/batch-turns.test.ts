import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BatchTurns } from './batch-turns.ts';

test('batches take turns, and two slices run at once', async () => {
  const turns = new BatchTurns();
  const begun: string[] = [];
  let running = 0;
  let most = 0;
  const slice = (name: string) =>
    turns.take(async () => {
      begun.push(name);
      most = Math.max(most, ++running);
      await nextTurn();
      running--;
    });
  const batch = async (name: string, slices: number) => {
    for (let i = 0; i < slices; i++) await slice(name);
  };
  await Promise.all([batch('a', 4), batch('b', 4), batch('c', 2), batch('d', 1)]);
  assert.deepEqual(begun.slice(0, 7).sort(), ['a', 'a', 'b', 'b', 'c', 'c', 'd']);
  assert.equal(begun.length, 11);
  assert.equal(most, 2);
});

test('a slice that fails gives its turn to the next', async () => {
  const turns = new BatchTurns();
  const fail = () =>
    turns.take(() => {
      throw new Error('lost');
    });
  for (let i = 0; i < 3; i++) await assert.rejects(fail(), /lost/);
  assert.equal(await turns.take(async () => 'next'), 'next');
});

test('a batch beyond the bound of lines is refused until others have ended', async () => {
  const turns = new BatchTurns();
  const entered = Array.from({ length: 20 }, () => turns.enter(1_000));
  assert.throws(() => turns.enter(1), { code: 'overloaded', status: 503 });
  let isIdle = false;
  void turns.idle().then(() => {
    isIdle = true;
  });
  for (const [i, batch] of entered.entries()) {
    await nextTurn();
    assert.equal(isIdle, false, `batch ${i}`);
    batch[Symbol.dispose]();
  }
  await nextTurn();
  assert.equal(isIdle, true);
  assert.equal(turns.lines, 0);
  turns.enter(1)[Symbol.dispose]();
});
