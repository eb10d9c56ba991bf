import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustBeZero } from './figure.ts';
import { formatNumber, renderReport } from './report.ts';

const results = [
  {
    scenario: 'fanout',
    figures: [
      {
        name: 'CPU per delivery',
        value: 4.2,
        unit: 'us',
        peer: 8.4,
        target: { of: 'ratio' as const, atMost: 1.25 },
      },
      mustBeZero('events missing', 2),
    ],
  },
  { scenario: 'long-log', figures: [], skipped: 'no seed' },
];

test('the report is an aligned table with a verdict for each target', () => {
  assert.equal(
    renderReport(results, true),
    [
      'scenario  figure              value  target         verdict    nchan  ratio',
      '--------  ----------------  -------  -------------  -------  -------  -----',
      'fanout    CPU per delivery  4.20 us  ratio <= 1.25  met      8.40 us   0.50',
      'fanout    events missing          2  <= 0           NOT met',
      'long-log  skipped: no seed',
    ].join('\n'),
  );
});

test('without judged targets, figures of correctness still have a verdict', () => {
  const report = renderReport(results, false);
  assert.match(report, /events missing .* NOT met/);
  assert.doesNotMatch(report, / met {6}/);
});

test('numbers are short and readable', () => {
  const written = [0, 3, 0.1234, 12.345, 1234.5, 281_000, Number.NaN].map(formatNumber);
  assert.deepEqual(written, ['0', '3', '0.12', '12.3', '1,235', '281,000', '-']);
});
