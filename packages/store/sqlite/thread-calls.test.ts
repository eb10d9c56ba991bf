import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ThreadCalls } from './thread-calls.ts';

/**
 * A thread that answers each call after 1 ms, with its argument, or else with the largest number of
 * calls it had at a time.
 */
const THREAD = `
  import { parentPort } from 'node:worker_threads';
  let had = 0;
  let most = 0;
  parentPort.on('message', ({ call, argument }) => {
    if (call === 'close') return setTimeout(() => parentPort.close(), 20);
    most = Math.max(most, ++had);
    setTimeout(() => {
      had--;
      parentPort.postMessage({ result: argument ?? most });
    }, 1);
  });
  parentPort.postMessage({ ready: true });
`;
const open = () =>
  ThreadCalls.open(new URL(`data:text/javascript,${encodeURIComponent(THREAD)}`), undefined);

test('a thread has at most 16 calls at a time', async () => {
  await using calls = await open();
  const had = await Promise.all(Array.from({ length: 400 }, () => calls.call<number>('any')));
  assert.equal(Math.max(...had), 16);
});

test('calls that wait when the thread is closed are answered', async () => {
  const calls = await open();
  const answers = Array.from({ length: 100 }, () => calls.call<number>('any'));
  await calls[Symbol.asyncDispose]();
  assert.equal((await Promise.all(answers)).length, 100);
});

test('a call that cannot be sent to the thread is refused, and the others get their own answers', async () => {
  await using calls = await open();
  const before = calls.call('any', 'before');
  const refused = calls.call('any', () => undefined);
  const after = calls.call('any', 'after');
  await assert.rejects(refused, { name: 'DataCloneError' });
  assert.deepEqual(await Promise.all([before, after]), ['before', 'after']);
});
