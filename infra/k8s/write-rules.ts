import { writeFileSync } from 'node:fs';
import { wantsHelp } from '@parley/kit/commands/command-line.ts';
import { runOnce } from '@parley/kit/run.ts';
import { ruleManifests } from './rule-manifests.ts';

const USAGE = `npm run rules\n\nWrites the rules of infra/prometheus as manifests in infra/k8s, for the Prometheus operator.\n`;

/**
 * `npm run rules`: writes the rules of infra/prometheus as manifests for the Prometheus operator.
 */
await runOnce(async () => {
  if (wantsHelp(process.argv.slice(2))) return void process.stdout.write(USAGE);
  for (const { path, text } of ruleManifests) writeFileSync(path, text);
});
