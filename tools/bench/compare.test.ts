import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, mostOf, type Runs } from './compare.ts';

const cost = { name: 'CPU', unit: 'us', read: (run: number) => run };

test("a figure has each system's median, and the median ratio of runs that followed each other", () => {
  const runs: Runs<number> = new Map([
    ['parley', [10, 40, 90]],
    ['nchan', [10, 20, 30]],
    ['echo', [5, 7, 6]],
  ]);
  const figure = compare(runs, { ...cost, target: { of: 'nchan', atMost: 2 } });
  assert.equal(figure.value, 40);
  assert.deepEqual(figure.peers, { nchan: 20, echo: 6 });
  assert.equal(figure.ratio, 2);
});

test('a peer that was not measured has no figure', () => {
  const figure = compare(new Map([['parley', [3]]]), cost);
  assert.deepEqual([figure.value, figure.peers], [3, {}]);
});

test('the most of several groups is taken for each repeat', () => {
  const groups: Runs<number>[] = [
    new Map([
      ['parley', [1, 5]],
      ['nchan', [9, 2]],
    ]),
    new Map([
      ['parley', [4, 3]],
      ['nchan', [8, 6]],
    ]),
  ];
  assert.deepEqual(
    mostOf(groups, (run) => run),
    new Map([
      ['parley', [4, 5]],
      ['nchan', [9, 6]],
    ]),
  );
});
