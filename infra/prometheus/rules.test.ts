import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { needs, PROMTOOL } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { type AlertRule, alertRules, PROMETHEUS, recordingRules, testsOf } from './rule-files.ts';

const run = promisify(execFile);
const promtool = (...args: string[]) => run(PROMTOOL, args, { cwd: PROMETHEUS });

test('promtool accepts the configuration and the rules', needs('promtool'), async () => {
  await promtool('check', 'config', 'prometheus.yml');
});

for (const rule of alertRules) {
  const { alert } = rule;

  test(`${alert} fires at its condition and only then`, needs('promtool'), async () => {
    const found = testsOf(rule).flatMap((each) => each.promql_expr_test);
    assert.ok(found.some(({ exp_samples }) => exp_samples.length > 0));
    assert.ok(found.some(({ exp_samples }) => exp_samples.length === 0));
    await testAlone(rule);
  });

  test(`the tests of ${alert} fail when it always or never fires`, needs('promtool'), async () => {
    for (const expr of ['vector(1)', 'vector(1) > 1']) {
      await assert.rejects(testAlone(rule, expr), /FAILED/);
    }
  });
}

/**
 * Runs an alert's tests without other alerts, if given with another expression. Writes JSON, which
 * is YAML, too.
 */
async function testAlone(rule: AlertRule, expr = rule.expr): Promise<void> {
  await using folder = await temporaryFolder();
  const tests = testsOf(rule);
  const groups = [
    { name: 'recorded', rules: recordingRules.filter(({ record }) => expr.includes(record)) },
    { name: 'alone', rules: [{ ...rule, expr }] },
  ];
  await writeFile(`${folder.path}/rules.yml`, JSON.stringify({ groups }));
  await writeFile(
    `${folder.path}/tests.yml`,
    JSON.stringify({
      rule_files: ['rules.yml'],
      evaluation_interval: tests[0]?.interval,
      tests,
    }),
  );
  await promtool('test', 'rules', `${folder.path}/tests.yml`);
}

test('every alert has a severity, a summary and a heading in docs/operations.md', async () => {
  const headings = await operationsHeadings();
  for (const { alert, labels, annotations } of alertRules) {
    assert.match(labels.severity ?? '', /^(?:page|ticket)$/, alert);
    assert.ok(annotations.summary, alert);
    assert.equal(annotations.runbook_url, `docs/operations.md#${alert.toLowerCase()}`);
    assert.ok(headings.includes(alert), `docs/operations.md has no heading ${alert}`);
  }
});

test('every alert that the docs explain exists', async () => {
  const alerts = alertRules.map(({ alert }) => alert);
  for (const heading of await operationsHeadings()) {
    if (/^[A-Z][a-z]+[A-Z]\w+$/.test(heading)) assert.ok(alerts.includes(heading), heading);
  }
});

async function operationsHeadings(): Promise<string[]> {
  const text = await readFile(`${PROMETHEUS}../../docs/operations.md`, 'utf8');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading ?? '');
}
