import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { dashboardFiles } from '../../grafana/dashboard-files.ts';
import { ruleManifests } from '../rule-manifests.ts';
import { ofKind } from './kinds.ts';
import { withoutKubectl } from './kubectl.ts';
import { renderAll } from './render.ts';

for (const { path, text } of ruleManifests) {
  test(`${basename(path)} equals the output of npm run rules for infra/prometheus/rules`, () => {
    assert.equal(readFileSync(path, 'utf8'), text);
  });
}

test('the rendered ConfigMaps contain every dashboard unchanged', {
  skip: withoutKubectl() ?? false,
}, async () => {
  const rendered = await renderAll((name) => name === 'example production');
  const manifests = rendered.flatMap((one) => one.manifests);
  const given = ofKind(manifests, 'ConfigMap')
    .filter(({ metadata }) => metadata.labels?.grafana_dashboard === '1')
    .flatMap(({ data }) => Object.entries(data ?? {}));
  const files = dashboardFiles.map(({ path, text }) => [basename(path), text]);
  assert.deepEqual(given.sort(), files.sort());
});
