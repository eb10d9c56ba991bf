import { spawnSync } from 'node:child_process';
import { allWorkflowFaults } from './workflow-faults.ts';

/**
 * `npm run check`: types; format, lint and import directions (biome.json says which way they may
 * go); the documents of the wire (redocly.yaml says by which rules); the workflows.
 */
const STEPS = [
  ['node_modules/typescript/bin/tsc', '-p', '.'],
  ['node_modules/typescript/bin/tsc', '-p', 'client-demo'],
  ['node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', '.'],
  [
    'node_modules/@redocly/cli/bin/cli.js',
    'lint',
    'packages/contract/openapi.yaml',
    'packages/contract/asyncapi.yaml',
  ],
];
/** Nothing is reported to anybody, and no newer version is looked for. */
const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

for (const step of STEPS) {
  const { status } = spawnSync(process.execPath, step, { stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}
const faults = await allWorkflowFaults();
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exit(1);
}
process.stdout.write(
  'check: types, lint, format, imports, API documents and workflows are clean\n',
);
