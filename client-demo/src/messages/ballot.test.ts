import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStorage } from '../browser-storage.ts';
import { Ballot } from './ballot.ts';
import { shownTally, type Tally, type Vote } from './vote.ts';

const MESSAGE = { channel: 'general', id: 'e1:7', seq: 7, up: 2, down: 0 };

function memory() {
  return openStorage(() => {
    throw new Error('no storage');
  });
}

/** The ballot of ada, and the votes that wait for the server's answer. */
function open(storage = memory()) {
  const asked: { value: Vote; answer: (tally: Tally) => void; refuse: (why: string) => void }[] =
    [];
  const ballot = new Ballot({
    storage,
    put: (_, value) =>
      new Promise((resolve, reject) => {
        asked.push({ value, answer: resolve, refuse: (why) => reject(new Error(why)) });
      }),
  });
  ballot.belongTo('ada');
  const shown = () => {
    const { mine, cast } = ballot.snapshot();
    return { mine: mine.get(MESSAGE.id), ...shownTally(MESSAGE, cast.get(MESSAGE.id)) };
  };
  return { ballot, asked, shown };
}

const settled = () => new Promise(setImmediate);

test('a vote is shown at once, and stored once it counts', async () => {
  const storage = memory();
  const { ballot, asked, shown } = open(storage);
  ballot.vote(MESSAGE, 1);
  assert.partialDeepStrictEqual(shown(), { mine: 1, up: 3, down: 0 });
  asked[0]?.answer({ up: 3, down: 0 });
  await settled();
  assert.equal(open(storage).ballot.snapshot().mine.get(MESSAGE.id), 1);
});

test('after several quick clicks only the last vote is sent after the first answer', async () => {
  const { ballot, asked, shown } = open();
  for (const value of [1, 0, -1] as const) ballot.vote(MESSAGE, value);
  assert.deepEqual(
    asked.map(({ value }) => value),
    [1],
  );
  asked[0]?.answer({ up: 3, down: 0 });
  await settled();
  assert.deepEqual(
    asked.map(({ value }) => value),
    [1, -1],
  );
  asked[1]?.answer({ up: 2, down: 1 });
  await settled();
  assert.partialDeepStrictEqual(shown(), { mine: -1, up: 2, down: 1 });
});

test('a vote that does not count is taken back, and the reader sees why', async () => {
  const { ballot, asked, shown } = open();
  ballot.vote(MESSAGE, 1);
  asked[0]?.refuse('The channel is closed.');
  await settled();
  assert.partialDeepStrictEqual(shown(), { mine: 0, up: 2, down: 0 });
  assert.equal(ballot.snapshot().fault, 'The channel is closed.');
});

test('the votes of one account are not shown for another account', async () => {
  const { ballot, asked, shown } = open();
  ballot.vote(MESSAGE, 1);
  ballot.belongTo('dana');
  asked[0]?.answer({ up: 3, down: 0 });
  await settled();
  assert.partialDeepStrictEqual(shown(), { mine: undefined, up: 2, down: 0 });
});
