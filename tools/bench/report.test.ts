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
        peers: { nchan: 8.4 },
        target: { of: 'nchan' as const, atMost: 1.25 },
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
      'scenario  figure              value  target           verdict    nchan  ratio',
      '--------  ----------------  -------  ---------------  -------  -------  -----',
      'fanout    CPU per delivery  4.20 us  <= 1.25 x nchan  met      8.40 us   0.50',
      'fanout    events missing          2  <= 0             NOT met',
      'long-log  skipped: no seed',
    ].join('\n'),
  );
});

test('each peer that has a figure has a column', () => {
  const cost = { name: 'CPU per post', value: 6, unit: 'us' };
  const figures = [
    { ...cost, peers: { echo: 3, nchan: 2 }, target: { of: 'echo' as const, atMost: 1.5 } },
    { ...cost, name: 'delay', peers: { nchan: 12 } },
  ];
  assert.equal(
    renderReport([{ scenario: 'peers', figures }], true),
    [
      'scenario  figure        value  target          verdict  nchan  echo  ratio',
      '--------  ------------  -----  --------------  -------  -----  ----  -----',
      'peers     CPU per post   6 us  <= 1.50 x echo  NOT met   2 us  3 us      2',
      'peers     delay          6 us                           12 us         0.50',
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
