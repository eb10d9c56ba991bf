import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, mustBeZero, ratioOf } from './figure.ts';

const cost = { name: 'CPU', unit: 'us', value: 5 };

test('a target of the value ignores the peers', () => {
  const peers = { nchan: 1 };
  assert.equal(judge({ ...cost, peers, target: { of: 'value', atMost: 5 } }), 'met');
  assert.equal(judge({ ...cost, target: { of: 'value', atLeast: 5.1 } }), 'NOT met');
});

test("a target of a peer uses the given ratio, if there is one, instead of value / peer's", () => {
  const figure = { ...cost, peers: { nchan: 4 }, target: { of: 'nchan', atMost: 1.25 } } as const;
  assert.equal(judge(figure), 'met');
  assert.equal(judge({ ...figure, ratio: 1.3 }), 'NOT met');
});

test('the ratio is to the peer of the target, and without one to the first peer', () => {
  const peers = { centrifugo: 10, nchan: 5 };
  assert.equal(ratioOf({ ...cost, peers, target: { of: 'centrifugo', atMost: 1 } }), 0.5);
  assert.equal(ratioOf({ ...cost, peers }), 1);
  assert.equal(ratioOf({ ...cost, peers, target: { of: 'value', atMost: 1 } }), 1);
});

test('without its peer nothing is compared, and without a target nothing is judged', () => {
  const target = { of: 'centrifugo', atLeast: 3 } as const;
  assert.equal(judge({ ...cost, target }), 'not compared');
  assert.equal(judge({ ...cost, peers: { nchan: 1 }, target }), 'not compared');
  assert.equal(judge(cost), '');
});

test('a number that could not be measured meets no target', () => {
  assert.equal(judge(mustBeZero('events missing', Number.NaN)), 'NOT met');
  assert.equal(judge(mustBeZero('events missing', 1)), 'NOT met');
  assert.equal(judge(mustBeZero('events missing', 0)), 'met');
});
