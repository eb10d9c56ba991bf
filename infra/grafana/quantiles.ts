import type { Query } from './panel.ts';

/** Queries for the median and the p99 of a histogram, over all replicas. */
export function quantiles(histogram: string, matchers = ''): Query[] {
  const rate = `sum by (le) (rate(${histogram}_bucket${matchers}[$__rate_interval]))`;
  return [
    { expr: `histogram_quantile(0.5, ${rate})`, legend: 'half are faster' },
    { expr: `histogram_quantile(0.99, ${rate})`, legend: '99 of 100 are faster' },
  ];
}

/** A query for the p99 of a histogram for each value of a label. */
export function p99By(label: string, histogram: string): Query {
  const rate = `sum by (le, ${label}) (rate(${histogram}_bucket[$__rate_interval]))`;
  return { expr: `histogram_quantile(0.99, ${rate})`, legend: `{{${label}}}` };
}

/** A query for a counter's rate per second, for each value of a label. */
export function rateBy(label: string, counter: string): Query {
  return {
    expr: `sum by (${label}) (rate(${counter}[$__rate_interval]))`,
    legend: `{{${label}}}`,
  };
}
