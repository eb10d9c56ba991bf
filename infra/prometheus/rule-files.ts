import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const PROMETHEUS = fileURLToPath(new URL('.', import.meta.url));

export interface RecordingRule {
  record: string;
  expr: string;
}

export interface AlertRule {
  alert: string;
  expr: string;
  for?: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

/** Tests of one alert in promtool's format. `name` begins with the name of the alert. */
export interface RuleTest {
  name: string;
  interval: string;
  promql_expr_test: { exp_samples: unknown[] }[];
}

const rules = readAll<{ groups: { rules: (RecordingRule | AlertRule)[] }[] }>('rules').flatMap(
  ({ groups }) => groups.flatMap((group) => group.rules),
);

export const recordingRules = rules.filter((rule): rule is RecordingRule => 'record' in rule);
export const alertRules = rules.filter((rule): rule is AlertRule => 'alert' in rule);
export const ruleTests = readAll<{ tests: RuleTest[] }>('tests').flatMap(({ tests }) => tests);

/** The tests of an alert. */
export function testsOf({ alert }: AlertRule): RuleTest[] {
  return ruleTests.filter(({ name }) => name.split(',')[0] === alert);
}

function readAll<T>(folder: string): T[] {
  const files = readdirSync(`${PROMETHEUS}${folder}`);
  return files.map((file) => parse(readFileSync(`${PROMETHEUS}${folder}/${file}`, 'utf8')));
}
