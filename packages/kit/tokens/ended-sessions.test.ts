import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndedSessions } from './ended-sessions.ts';

const NOW = 1_800_000_000_000;
const inSeconds = (seconds: number) => NOW / 1000 + seconds;

test('a session that has ended is known until its last token expires, and listeners are called once', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: NOW });
  const ended = new EndedSessions();
  const notified: string[] = [];
  ended.onEnd((sid) => notified.push(sid));
  ended.end('a', inSeconds(10));
  ended.end('a', inSeconds(10));
  assert.deepEqual([ended.has('a'), ended.has('b'), ended.has(undefined)], [true, false, false]);
  ended.end('a', inSeconds(20));
  ended.end('a', inSeconds(15));
  t.mock.timers.tick(19_999);
  assert.equal(ended.has('a'), true);
  t.mock.timers.tick(1);
  assert.equal(ended.has('a'), false);
  assert.deepEqual(notified, ['a']);
});

test('a session can be known for longer than a timer can run', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: NOW });
  const ended = new EndedSessions();
  const days = 40 * 86_400;
  ended.end('a', inSeconds(days));
  t.mock.timers.tick(days * 1000 - 1);
  assert.equal(ended.has('a'), true);
  t.mock.timers.tick(1);
  assert.equal(ended.has('a'), false);
});
