import assert from 'node:assert/strict';
import { test } from 'node:test';
import { castVote, shownTally, type Vote, voteAfterClick } from './vote.ts';

test('a click takes back the same vote, and replaces another', () => {
  const cases: [Vote, 1 | -1, Vote][] = [
    [0, 1, 1],
    [1, 1, 0],
    [-1, 1, 1],
    [-1, -1, 0],
  ];
  for (const [current, clicked, next] of cases) {
    assert.equal(voteAfterClick(current, clicked), next);
  }
});

test('a vote counts at once, and is not added again once the log has it', () => {
  const tally = { up: 3, down: 1 };
  const cast = castVote(1, { tally, current: -1, earlier: undefined });
  assert.deepEqual(shownTally(tally, cast), { up: 4, down: 0 });
  assert.deepEqual(shownTally({ up: 5, down: 0 }, cast), { up: 5, down: 0 });
});

test('a second vote before the log has the first is not counted twice', () => {
  const tally = { up: 3, down: 0 };
  const first = castVote(1, { tally, current: 0, earlier: undefined });
  const second = castVote(0, { tally, current: 1, earlier: first });
  assert.deepEqual(shownTally(tally, second), tally);
  const seen = castVote(0, { tally: { up: 4, down: 0 }, current: 1, earlier: first });
  assert.deepEqual(shownTally({ up: 4, down: 0 }, seen), { up: 3, down: 0 });
});

test("the server's answer is shown until the log has more", () => {
  const tally = { up: 3, down: 0 };
  const cast = {
    ...castVote(1, { tally, current: 0, earlier: undefined }),
    answer: { up: 3, down: 0 },
  };
  assert.deepEqual(shownTally(tally, cast), { up: 3, down: 0 });
});
