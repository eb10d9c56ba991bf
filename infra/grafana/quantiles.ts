import type { Query } from './panel.ts';

/** The median and the slowest hundredth of a histogram, over all replicas. */
export function quantiles(histogram: string, matchers = ''): Query[] {
  const rate = `sum by (le) (rate(${histogram}_bucket${matchers}[$__rate_interval]))`;
  return [
    { expr: `histogram_quantile(0.5, ${rate})`, legend: 'half are faster' },
    { expr: `histogram_quantile(0.99, ${rate})`, legend: '99 of 100 are faster' },
  ];
}

/** The slowest hundredth of a histogram for each value of a label. */
export function p99By(label: string, histogram: string): Query {
  const rate = `sum by (le, ${label}) (rate(${histogram}_bucket[$__rate_interval]))`;
  return { expr: `histogram_quantile(0.99, ${rate})`, legend: `{{${label}}}` };
}

/** How often a second something is counted, for each value of a label. */
export function rateBy(label: string, counter: string): Query {
  return {
    expr: `sum by (${label}) (rate(${counter}[$__rate_interval]))`,
    legend: `{{${label}}}`,
  };
}
