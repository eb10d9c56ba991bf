import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { dashboardFiles } from './dashboard-files.ts';
import { type GridPosition, UNITS } from './panel.ts';

interface EncodedPanel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: GridPosition;
  datasource?: { uid: string };
  fieldConfig?: { defaults: { unit: string } };
  targets?: { refId: string; expr: string; legendFormat: string; datasource: { uid: string } }[];
}

interface Encoded {
  uid: string;
  schemaVersion: number;
  templating: { list: { name: string }[] };
  panels: EncodedPanel[];
}

const provisioned = (path: string) =>
  parse(readFileSync(new URL(`provisioning/${path}`, import.meta.url), 'utf8'));
const datasources: { uid: string }[] = provisioned('datasources/prometheus.yml').datasources;
const known = (uid: string | undefined) => datasources.some((source) => source.uid === uid);

for (const { path, text, dashboard } of dashboardFiles) {
  const { panels, uid, templating } = JSON.parse(readFileSync(path, 'utf8')) as Encoded;
  const pictures = panels.filter(({ type }) => type !== 'row');

  test(`${basename(path)} equals the output of npm run dashboards`, () => {
    assert.equal(readFileSync(path, 'utf8'), text);
  });

  test(`${dashboard.title}: every panel has a unit, a description and a legend`, () => {
    assert.ok(pictures.length > 0);
    for (const { title, description, fieldConfig, targets = [] } of pictures) {
      assert.ok((description ?? '').length > 20, `${title}: description`);
      assert.ok(
        UNITS.some((unit) => unit === fieldConfig?.defaults.unit),
        `${title}: unit`,
      );
      assert.ok(targets.length > 0, `${title}: queries`);
      for (const { legendFormat } of targets) assert.ok(legendFormat, `${title}: legend`);
    }
  });

  test(`${dashboard.title}: ids and refIds are unique and every data source is provisioned`, () => {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { title, datasource, targets = [] } of pictures) {
      assert.ok(known(datasource?.uid), title);
      assert.ok(
        targets.every((target) => known(target.datasource.uid)),
        title,
      );
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title);
    }
  });

  test(`${dashboard.title}: panels are on the grid and do not overlap`, () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of panels) {
      for (const cell of cells(gridPos)) {
        assert.ok(!taken.has(cell), `${title} overlaps another panel at ${cell}`);
        taken.add(cell);
      }
    }
  });

  test(`${dashboard.title}: every variable in a query is Grafana's own or declared`, () => {
    const declared = templating.list.map(({ name }) => name);
    const queries = pictures.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    for (const [, name = ''] of queries.join('\n').matchAll(/\$\{?(\w+)/g)) {
      assert.ok(name === '__rate_interval' || declared.includes(name), name);
    }
  });

  test(`${dashboard.title}: its uid is valid and unique`, () => {
    assert.match(uid, /^[\w-]{1,40}$/);
    assert.equal(dashboardFiles.filter((other) => other.dashboard.uid === uid).length, 1);
  });
}

test('Grafana gets the generated dashboards and no others', () => {
  const files = readdirSync(dirname(dashboardFiles[0]?.path ?? '')).sort();
  assert.deepEqual(
    files.filter((file) => file.endsWith('.json')),
    dashboardFiles.map(({ path }) => basename(path)).sort(),
  );
  const [provider] = provisioned('dashboards/parley.yml').providers;
  assert.equal(provider.options.path, '/etc/grafana/dashboards');
});

function cells({ x, y, w, h }: GridPosition): string[] {
  assert.ok([x, y, w, h].every(Number.isInteger) && x >= 0 && w > 0 && h > 0 && x + w <= 24);
  return Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`);
}
