import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pause, repeat } from './repeat.ts';

/** Longer than any test here waits. */
const LONG_MS = 60_000;

/** A task that stops the loop in its last run, and what it does in each run. */
function openTask(runs: number, work: (run: number) => void | Promise<void> = () => undefined) {
  const stop = new AbortController();
  let run = 0;
  const task = async () => {
    run++;
    if (run === runs) stop.abort();
    await work(run);
  };
  return { task, stop, signal: stop.signal, runs: () => run };
}

test('a pause ends early, and does not reject, when the signal is aborted', async () => {
  const stop = new AbortController();
  const paused = pause(LONG_MS, stop.signal);
  stop.abort();
  await paused;
  await pause(LONG_MS, stop.signal);
});

test('a task runs again after each pause until the signal is aborted', async () => {
  const { task, signal, runs } = openTask(3);
  await repeat(task, { signal, pauseMs: 1 });
  assert.equal(runs(), 3);
});

test('a task does not run when the signal is aborted before', async () => {
  const { task, stop, signal, runs } = openTask(2);
  stop.abort();
  await repeat(task, { signal, pauseMs: 1 });
  assert.equal(runs(), 0);
});

test('the loop ends after the run in progress, without a pause', async () => {
  let ended = false;
  const { task, signal } = openTask(1, async () => {
    await new Promise((resolve) => setImmediate(resolve));
    ended = true;
  });
  await repeat(task, { signal, pauseMs: LONG_MS });
  assert.ok(ended);
});

test('a failed run is tried again, and failures in a row are counted', async () => {
  const { task, signal } = openTask(5, (run) => {
    if (run !== 3) throw new Error(`run ${run}`);
  });
  const failures: string[] = [];
  const onFailure = (error: unknown, inARow: number) =>
    failures.push(`${(error as Error).message}: ${inARow}`);
  await repeat(task, { signal, pauseMs: 1, onFailure });
  assert.deepEqual(failures, ['run 1: 1', 'run 2: 2', 'run 4: 1', 'run 5: 2']);
});

test('a failure ends the loop when nothing handles failures', async () => {
  const { task, signal, runs } = openTask(2, () => {
    throw new Error('broken');
  });
  await assert.rejects(repeat(task, { signal, pauseMs: 1 }), /broken/);
  assert.equal(runs(), 1);
});

test('a wake ends the pause early', async () => {
  const { task, signal, runs } = openTask(3);
  await repeat(task, { signal, pauseMs: LONG_MS, wake: () => Promise.resolve() });
  assert.equal(runs(), 3);
});

test('a pause from the start of a run is the time between two starts', async () => {
  const startedAt: number[] = [];
  const { task, signal } = openTask(2, () => void startedAt.push(performance.now()));
  await repeat(task, { signal, pauseMs: 50, pauseFrom: 'start' });
  const [first = 0, second = 0] = startedAt;
  assert.ok(second - first > 45, `${second - first} ms`);
});

test('a run that is longer than a pause from its start is followed at once', async () => {
  let running = 0;
  let turnEnded = false;
  const { task, signal } = openTask(2, async (run) => {
    assert.equal(++running, 1);
    assert.equal(turnEnded, false);
    if (run === 1) await pause(60, signal);
    running--;
    setImmediate(() => {
      turnEnded = true;
    });
  });
  await repeat(task, { signal, pauseMs: 50, pauseFrom: 'start' });
});
