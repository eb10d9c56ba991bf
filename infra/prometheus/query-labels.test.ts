import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryError, queryLabels } from './query-labels.ts';
import { addSeries, type Series } from './series.ts';

const series: Series = new Map();
addSeries(
  series,
  [
    '# HELP posts_total Posts.',
    'posts_total{outcome="stored",path="a{\\"b\\"}"} 3',
    'posts_total{outcome="failed"} 0',
    'lag_seconds_bucket{le="1"} 1e+2',
    'lag_seconds_bucket{le="+Inf"} 3',
    'up 1',
  ].join('\n'),
  { job: 'chat', instance: 'a' },
);
const labels = (query: string) => [...queryLabels(query, series)].sort();

for (const [query, expected] of Object.entries({
  'posts_total{outcome="stored"}': ['instance', 'job', 'outcome', 'path'],
  'sum(rate(posts_total[5m]))': [],
  'sum by (outcome) (rate(posts_total{outcome=~"stored|failed"}[5m])) / 2': ['outcome'],
  'sum without (path) (posts_total)': ['instance', 'job', 'outcome'],
  'histogram_quantile(0.9, sum by (le, job) (rate(lag_seconds_bucket[1h])))': ['job'],
  'posts_total unless on (job) up == 0': ['instance', 'job', 'outcome', 'path'],
  'time() - 5': [],
})) {
  test(`${query} returns ${expected.join(', ') || 'no labels'}`, () => {
    assert.deepEqual(labels(query), expected);
  });
}

for (const [query, fault] of Object.entries({
  'sum(posts)': 'no service exports posts',
  'posts_total{colour="red"}': 'no label colour',
  'posts_total{outcome="lost"}': 'outcome is never lost',
  'posts_total{outcome=~"stored|lost"}': 'outcome is never lost',
  'sum by (colour) (posts_total)': 'no label colour to group by',
  'sum by (outcome) (up)': 'no label outcome to group by',
  'sum(posts_total': 'not PromQL',
})) {
  test(`${query} is refused: ${fault}`, () => {
    assert.throws(() => labels(query), new RegExp(fault));
    assert.throws(() => labels(query), QueryError);
  });
}
