import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { needs, PROMTOOL } from '@parley/testkit/real-parts.ts';
import { parseAllDocuments } from 'yaml';
import { asSeries, type Exported, exportedMetrics } from './exported-series.ts';
import { dashboardFiles } from './grafana/dashboard-files.ts';
import { queryLabels } from './prometheus/query-labels.ts';
import { alertRules, recordingRules } from './prometheus/rule-files.ts';
import type { Series } from './prometheus/series.ts';

/** Values for Grafana's own variables. */
const GRAFANA_WORDS = { $__rate_interval: '1m' };

/** A metric of an autoscaler. `pods` is set for a metric of pods. */
interface PodsMetric {
  pods?: { metric: { name: string } };
}

let exported: Exported;
let series: Series;

before(async () => {
  exported = await exportedMetrics();
  series = asSeries(exported);
  for (const { record, expr } of recordingRules) {
    const labels = [...queryLabels(expr, series)];
    series.set(record, new Map(labels.map((label) => [label, new Set<string>()])));
  }
});

for (const { alert, expr, annotations } of alertRules) {
  test(`the alert ${alert} uses metrics and labels that the services export`, () => {
    const labels = queryLabels(expr, series);
    for (const name of labelsNamed(annotations.summary ?? '', /\$labels\.(\w+)/g)) {
      assert.ok(
        labels.has(name),
        `the summary names the label ${name}, which the query does not return`,
      );
    }
  });
}

for (const { dashboard } of dashboardFiles) {
  for (const { title, queries } of dashboard.rows.flatMap(({ panels }) => panels)) {
    test(`${dashboard.title}: ${title} uses metrics and labels that the services export`, () => {
      for (const { expr, legend } of queries) {
        const labels = queryLabels(replaceWords(expr), series);
        for (const name of labelsNamed(legend, /\{\{(\w+)\}\}/g)) {
          assert.ok(
            labels.has(name),
            `the legend names the label ${name}, which ${expr} does not return`,
          );
        }
      }
    });
  }
}

test('broadcast exports the metric that scales its replicas', () => {
  const file = new URL('k8s/parts/broadcast/scaling.yaml', import.meta.url);
  const [autoscaler] = parseAllDocuments(readFileSync(file, 'utf8')).map((one) => one.toJS());
  const names = autoscaler.spec.metrics.flatMap(({ pods }: PodsMetric) => pods?.metric.name ?? []);
  assert.deepEqual(names, ['parley_streams_open']);
  for (const name of names) assert.match(exported.broadcast, new RegExp(`^${name} \\d`, 'm'));
});

test('a dashboard, rule or alert uses every metric of the services', () => {
  const asked = [
    ...[...recordingRules, ...alertRules].map(({ expr }) => expr),
    ...dashboardFiles.flatMap(({ text }) => text),
  ].join('\n');
  const names = [
    ...Object.values(exported)
      .join('\n')
      .matchAll(/^# TYPE (parley_\w+)/gm),
  ];
  const unasked = names.map(([, name = '']) => name).filter((name) => !asked.includes(name));
  assert.deepEqual(unasked, []);
});

test('promtool accepts the names and units of the metrics', needs('promtool'), () => {
  for (const text of Object.values(exported)) {
    const ours = text.split('\n').filter((line) => line.includes('parley_'));
    const { stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], {
      input: `${ours.join('\n')}\n`,
      encoding: 'utf8',
    });
    assert.equal(stdout + stderr, '');
  }
});

test('no metric of ours has a label with values that a client can choose', () => {
  const allowed = new Set([
    'le',
    'job',
    'instance',
    'part',
    'outcome',
    'kind',
    'source',
    'reason',
    'check',
    'method',
    'route',
    'status',
    'certificate',
    'version',
    'feed',
    'sender',
  ]);
  for (const [name, labels] of series) {
    if (!name.startsWith('parley_')) continue;
    assert.deepEqual(
      [...labels.keys()].filter((label) => !allowed.has(label)),
      [],
      name,
    );
  }
});

function labelsNamed(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}

function replaceWords(expr: string): string {
  return Object.entries(GRAFANA_WORDS).reduce(
    (text, [word, value]) => text.replaceAll(word, value),
    expr,
  );
}
