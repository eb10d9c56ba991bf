import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge, type Measured } from './judge.ts';

const times = (ms: number) => Array<number>(100).fill(ms);
const calm = { posts: times(10), deliveries: times(60) };
const measured = (more: Partial<Measured>): Measured => ({
  quiet: calm,
  abused: calm,
  memory: { before: 100, most: 110 },
  ...more,
});

test('a p99 up to three times the quiet p99, or up to 150 ms, is no finding', () => {
  assert.deepEqual(judge(measured({}), 50), []);
  const slower = { posts: times(140), deliveries: times(170) };
  assert.deepEqual(judge(measured({ abused: slower }), 50), []);
});

test('slower posts, slower or missing deliveries and more memory are findings', () => {
  const [posts] = judge(measured({ abused: { ...calm, posts: times(200) } }), 50);
  assert.match(posts ?? '', /posts of others: p99 200 ms, at most 150 ms allowed/);
  const [none] = judge(measured({ abused: { ...calm, deliveries: [] } }), 50);
  assert.match(none ?? '', /no deliveries/);
  const [memory] = judge(measured({ memory: { before: 100, most: 200 } }), 50);
  assert.match(memory ?? '', /100 MB more/);
});
