import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

const NAMES = ['alerts', 'recording'];

/** Each file of infra/prometheus/rules as a PrometheusRule, with its path in infra/k8s. */
export const ruleManifests = NAMES.map((name) => ({
  path: fileURLToPath(new URL(`components/monitoring/${name}.yaml`, import.meta.url)),
  text: `# Made from infra/prometheus/rules/${name}.yml by \`npm run rules\`.\n${stringify(asManifest(name), { lineWidth: 0 })}`,
}));

function asManifest(name: string): object {
  const file = new URL(`../prometheus/rules/${name}.yml`, import.meta.url);
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name, labels: { 'app.kubernetes.io/part-of': 'parley' } },
    spec: parse(readFileSync(file, 'utf8')),
  };
}
