import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VoteValue } from '@parley/contract/events/vote.ts';
import { AT, page, STORES, testsOn } from '@parley/testkit/databases/log-stores.ts';
import type { Appended, Draft, Store } from '../store.ts';

const CHANNELS = ['one', 'a.b'];
const BATCHES = 12;
const BATCH_MAX = 100;

/** Numbers below `n` that look random and are the same in each run (Numerical Recipes' generator). */
function openDice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Every kind of draft for a few messages by a few people, the same in each run. */
function drawBatches(): Draft[][] {
  const roll = openDice(5);
  const among = <T>(...choices: T[]): T => choices[roll(choices.length)] as T;
  const draw = (): Draft => {
    const common = { channel: among(...CHANNELS), server: 'chat-1', at: AT + roll(1000) };
    const by = among('ada', 'bob', 'eve');
    const message = { ...common, kind: 'message', username: by, message: among('x', 'y') } as const;
    const change = { ...common, ref: 1 + roll(6), by, admin: roll(5) === 0 };
    const draws: (() => Draft)[] = [
      () => ({ ...message, author: by }),
      () => ({ ...message, author: null }),
      () => ({ ...message, author: by, replyTo: 1 + roll(9) }),
      () => ({ ...message, author: by, key: among('k1', 'k5'), replyTo: 1 + roll(2) }),
      () => ({ ...message, author: by, key: among('k1', 'k2', 'k3', 'k4') }),
      () => ({ ...change, kind: 'vote', value: among<VoteValue>(1, 0, -1) }),
      () => ({ ...change, kind: 'vote', value: among<VoteValue>(1, -1) }),
      () => ({ ...change, kind: 'reaction', emoji: among('👍', '🎉'), added: roll(3) > 0 }),
      () => ({ ...change, kind: 'edit', message: among('x', 'y', 'z') }),
      () => (roll(12) === 0 ? { ...change, kind: 'delete' } : { ...message, author: by }),
      () => ({ ...common, kind: roll(4) === 0 ? 'close' : 'reopen' }),
    ];
    return among(...draws)();
  };
  return Array.from({ length: BATCHES }, () => Array.from({ length: 1 + roll(BATCH_MAX) }, draw));
}

/**
 * The outcome of each draft, and all that is read afterwards, without epochs: each store has its
 * own.
 */
async function outcome(store: Store, batches: Draft[][]): Promise<unknown> {
  const appended: Appended[] = [];
  for (const batch of batches) appended.push(...(await store.append(batch)));
  const pages = await Promise.all(CHANNELS.map((channel) => page(store, { channel })));
  const heads = await store.channels({ after: '', limit: 10 });
  return JSON.parse(
    JSON.stringify({ appended, pages, heads }, (name, value) =>
      name === 'epoch' || name === 'id' ? undefined : value,
    ),
  );
}

const batches = drawBatches();
let expected: unknown;

test('the drawn drafts have every outcome that a draft can have', async (t) => {
  const place = STORES[0]?.[1](t) ?? assert.fail();
  await using store = await place.open();
  const oneByOne = batches.flat().map((draft) => [draft]);
  expected = await outcome(store, oneByOne);
  const { appended } = expected as { appended: (Appended & { reason?: string })[] };
  assert.deepEqual([...new Set(appended.map((one) => one.reason ?? one.outcome))].toSorted(), [
    'channel-closed',
    'forbidden',
    'idempotency-mismatch',
    'invalid-reply',
    'not-found',
    'replayed',
    'stored',
    'unchanged',
  ]);
});

for (const kind of STORES) {
  testsOn(kind)('a batch has the same outcomes as its drafts one by one', async (store) => {
    assert.deepEqual(await outcome(store, batches), expected);
  });
}
