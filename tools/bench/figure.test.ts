import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, mustBeZero } from './figure.ts';

const cost = { name: 'CPU', unit: 'us', value: 5 };

test('a target of the value ignores the peer', () => {
  assert.equal(judge({ ...cost, peer: 1, target: { of: 'value', atMost: 5 } }), 'met');
  assert.equal(judge({ ...cost, target: { of: 'value', atLeast: 5.1 } }), 'NOT met');
});

test('a target of the ratio uses the given ratio, if there is one, instead of value / peer', () => {
  assert.equal(judge({ ...cost, peer: 4, target: { of: 'ratio', atMost: 1.25 } }), 'met');
  assert.equal(
    judge({ ...cost, peer: 4, ratio: 1.3, target: { of: 'ratio', atMost: 1.25 } }),
    'NOT met',
  );
});

test('without a peer nothing is compared, and without a target nothing is judged', () => {
  assert.equal(judge({ ...cost, target: { of: 'ratio', atLeast: 3 } }), 'not compared');
  assert.equal(judge(cost), '');
});

test('a number that could not be measured meets no target', () => {
  assert.equal(judge(mustBeZero('events missing', Number.NaN)), 'NOT met');
  assert.equal(judge(mustBeZero('events missing', 1)), 'NOT met');
  assert.equal(judge(mustBeZero('events missing', 0)), 'met');
});
