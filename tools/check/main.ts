import { spawnSync } from 'node:child_process';
import { wantsHelp } from '@parley/kit/commands/command-line.ts';
import { runOnce } from '@parley/kit/run.ts';
import { withoutKubectl } from '../../infra/k8s/check/kubectl.ts';
import { allManifestFaults } from '../../infra/k8s/check/manifest-faults.ts';
import { arrowFaults } from './arrow-faults.ts';
import { circleFaults } from './circle-faults.ts';
import { folderFaults } from './folder-faults.ts';
import { readImports } from './imports.ts';
import { findCode, findTexts } from './source-files.ts';
import { wordFaults } from './word-faults.ts';
import { allWorkflowFaults } from './workflow-faults.ts';

/**
 * `npm run check`: types; format and lint; the API documents (redocly.yaml has the rules); the
 * directions of imports, the size of folders and the words of comments; the workflows; the manifests
 * for Kubernetes.
 */
const BIOME = [
  'node_modules/@biomejs/biome/bin/biome',
  'ci',
  ...(process.stdout.isTTY ? [] : ['--colors=off']),
  '--error-on-warnings',
  '.',
];
const STEPS = [
  types('.', 'parts'),
  types('client-demo', 'page'),
  BIOME,
  [
    'node_modules/@redocly/cli/bin/cli.js',
    'lint',
    'packages/contract/openapi.yaml',
    'packages/contract/asyncapi.yaml',
  ],
];
/** The compiler checks only changed files and those that depend on them. */
function types(project: string, name: string): string[] {
  const known = `node_modules/.cache/types-${name}.json`;
  const remembering = ['--incremental', '--tsBuildInfoFile', known];
  return ['node_modules/typescript/bin/tsc', '-p', project, ...remembering];
}

/** Redocly sends no telemetry and does not look for updates. */
const env = {
  ...process.env,
  REDOCLY_TELEMETRY: 'off',
  REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  ...(!process.stdout.isTTY && { NO_COLOR: '1' }),
};

await runOnce(async () => {
  if (wantsHelp(process.argv.slice(2)))
    process.stdout.write('npm run check   types, lint, format and the house rules; no options\n');
  else process.exitCode = await check();
});

/** The exit code. */
async function check(): Promise<number> {
  for (const step of STEPS) {
    const { status } = spawnSync(process.execPath, step, { stdio: 'inherit', env });
    if (step === BIOME && status !== 0)
      process.stderr.write('`npm run format` mends the format and most of the lint\n');
    if (status !== 0) return status ?? 1;
  }
  const code = findCode();
  const imports = readImports(code);
  const houseFaults = [
    circleFaults(imports),
    arrowFaults(imports),
    folderFaults(code),
    wordFaults(findTexts()),
  ];
  const missing = withoutKubectl();
  if (missing) process.stdout.write(`SKIPPED: the manifests for Kubernetes, since ${missing}\n`);
  const faults = [
    ...houseFaults.flat(),
    ...(await allWorkflowFaults()),
    ...(missing ? [] : await allManifestFaults()),
  ];
  if (faults.length > 0) {
    process.stderr.write(`${faults.join('\n')}\n`);
    return 1;
  }
  process.stdout.write(
    'check: types, lint, format, imports, folders, words, API documents, workflows and manifests are clean\n',
  );
  return 0;
}
