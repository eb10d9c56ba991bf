import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatMessage } from '@parley/contract/events/event.ts';
import { judge } from './judge.ts';
import { Ledger } from './ledger.ts';
import { Span } from './span.ts';

function event(seq: number, message = `m${seq}`): ChatMessage {
  const at = '2018-02-25T14:00:51.000Z';
  const place = { channel: 'c', epoch: 'e', seq, id: `e:${seq}`, kind: 'message' as const };
  return { ...place, at, username: 'u', message, up: 0, down: 0 };
}

/** A run in which m1 to m3 were posted, stored and read, unless `log` or `seen` differ. */
function run({
  log = [1, 2, 3].map((seq) => event(seq)),
  seen = [1, 2, 3].map((seq) => event(seq)),
}) {
  const ledger = new Ledger();
  for (const seq of [1, 2, 3])
    ledger.acknowledge(ledger.send(`m${seq}`, 0), { epoch: 'e', seq }, 1);
  const contents = new Map<number, string>();
  const span = new Span('reader 1', contents);
  span.begin('e', 0);
  for (const { seq, ...rest } of seen) span.check('e', seq, JSON.stringify({ seq, ...rest }));
  return { ledger, evidence: { posts: ledger.posts, log, spans: [span], contents } };
}

test('a run that kept the promise has no findings', () => {
  assert.deepEqual(judge(run({}).evidence), []);
});

test('a message that is stored twice and a message without a post are found', () => {
  const log = [event(1), event(2), event(3), event(4, 'm2'), event(5, 'x')];
  assert.deepEqual(judge(run({ log }).evidence), [
    'm2 is stored twice, again as 4',
    'event 5 is x, which was not posted',
    'reader 1: is at event 3 of 5',
  ]);
});

test('an acknowledged post that is missing or has another number is found', () => {
  const log = [event(1), event(2, 'm3')];
  assert.deepEqual(judge(run({ log, seen: log }).evidence), [
    'm2 was acknowledged as 2, which is m3',
    'm3 was acknowledged as 3, which is undefined',
  ]);
});

test('a gap in the log is found', () => {
  const found = judge(run({ log: [event(1), event(3)], seen: [event(1)] }).evidence);
  assert.equal(found[0], 'the log has event 3 where event 2 belongs');
});

test('a post that was never acknowledged is found', () => {
  const { ledger, evidence } = run({});
  ledger.send('late', 0);
  assert.deepEqual(judge(evidence), ['late was never acknowledged']);
});

test('a reader that saw another text than the log has, or misses events, is found', () => {
  const { evidence } = run({ seen: [event(1), event(2, 'forged')] });
  const [first = '', second] = judge(evidence);
  assert.match(first, /^readers saw event 2 as .*forged/);
  assert.equal(second, 'reader 1: is at event 2 of 3');
});
