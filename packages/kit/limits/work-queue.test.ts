import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkQueue } from './work-queue.ts';

test('work is done two at a time, in order, and work beyond a full queue is refused', async () => {
  const queue = new WorkQueue({ atOnce: 2, waitingMax: 2, refusal: 'busy' });
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const add = (n: number) =>
    queue.run(() => {
      begun.push(n);
      return new Promise<void>((resolve) => void ends.push(resolve));
    });
  const running = [1, 2, 3, 4].map(add);
  await assert.rejects(add(5), { code: 'overloaded', status: 503 });
  assert.deepEqual(begun, [1, 2]);
  ends[1]?.();
  await running[1];
  assert.deepEqual(begun, [1, 2, 3]);
  for (const n of [0, 2]) ends[n]?.();
  await Promise.all([running[0], running[2]]);
  assert.deepEqual(begun, [1, 2, 3, 4]);
  ends[3]?.();
  await running[3];
});

test('work that fails makes space for the next', async () => {
  const queue = new WorkQueue({ atOnce: 1, waitingMax: 9, refusal: 'busy' });
  const fails = queue.run(() => Promise.reject(new Error('no')));
  const next = queue.run(async () => 'done');
  await assert.rejects(fails, /no/);
  assert.equal(await next, 'done');
});

test('one client does not fill the queue', async () => {
  const queue = new WorkQueue({ atOnce: 1, waitingMax: 20, refusal: 'busy' });
  const end = Promise.withResolvers<void>();
  const ofOne = Array.from({ length: 8 }, () => queue.run(() => end.promise, 'one'));
  const refused = assert.rejects(
    queue.run(() => end.promise, 'one'),
    { code: 'overloaded' },
  );
  const ofOther = queue.run(async () => 'done', 'other');
  end.resolve();
  await refused;
  assert.equal(await ofOther, 'done');
  await Promise.all(ofOne);
  assert.equal(await queue.run(async () => 'done', 'one'), 'done');
});

test('the work of one client is done one after the other, and leaves places to the others', async () => {
  const queue = new WorkQueue({ atOnce: 2, waitingMax: 20, refusal: 'busy' });
  const begun: string[] = [];
  const end = Promise.withResolvers<void>();
  const add = (client: string, ends = Promise.resolve()) =>
    queue.run(() => {
      begun.push(client);
      return ends;
    }, client);
  const ofOne = [add('one', end.promise), add('one'), add('one')];
  await add('other');
  await Promise.all([add('other'), add('another')]);
  assert.deepEqual(begun, ['one', 'other', 'other', 'another']);
  end.resolve();
  await Promise.all(ofOne);
  assert.deepEqual(begun.slice(4), ['one', 'one']);
});
