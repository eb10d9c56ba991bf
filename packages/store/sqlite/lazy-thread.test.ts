import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LazyThread } from './lazy-thread.ts';
import { ThreadCalls } from './thread-calls.ts';

const THREAD = `
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', ({ id, call }) => {
    if (call === 'close') parentPort.close();
    else parentPort.postMessage({ id, result: call });
  });
  parentPort.postMessage({ ready: true });
`;
const BROKEN = `throw new Error('no file')`;
const open = (source: string) =>
  ThreadCalls.open(new URL(`data:text/javascript,${encodeURIComponent(source)}`), undefined);

test('a lazy thread begins with its first call, once', async () => {
  let begun = 0;
  await using thread = new LazyThread(() => {
    begun++;
    return open(THREAD);
  });
  assert.deepEqual([begun, thread.wanted], [0, false]);
  assert.deepEqual(await Promise.all([thread.call('a'), thread.call('b')]), ['a', 'b']);
  assert.equal(await thread.call('c'), 'c');
  assert.equal(begun, 1);
});

test('a call gets the error of a thread that cannot begin, and the next call begins it again', async () => {
  const sources = [BROKEN, THREAD];
  await using thread = new LazyThread(() => open(sources.shift() ?? ''));
  await assert.rejects(thread.call('a'), { message: 'no file' });
  assert.equal(thread.wanted, true);
  assert.equal(await thread.call('b'), 'b');
});

test('a lazy thread that is closed answers the calls before, and begins no more', async () => {
  const thread = new LazyThread(() => open(THREAD));
  const before = thread.call('a');
  await thread[Symbol.asyncDispose]();
  assert.equal(await before, 'a');
  await assert.rejects(thread.call('b'), { message: 'the store is closed' });
  const unused = new LazyThread(() => open(BROKEN));
  await unused[Symbol.asyncDispose]();
  await assert.rejects(unused.call('a'), { message: 'the store is closed' });
});
