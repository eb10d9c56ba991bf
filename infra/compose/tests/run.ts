import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { chooseFiles } from '@parley/testkit/processes/choose-files.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { writeSecrets } from '../../../tools/secrets/write-secrets.ts';
import { ROOT } from './stack.ts';

/**
 * `npm run test:stack`: builds the images, starts the unchanged docker-compose.yml with a separate
 * project name and ports, and tests it. It always removes the stack at the end. `npm run test:stack
 * -- scale` runs the files with this name. `STACK_WITHOUT=grafana` leaves out a service whose image
 * is not available.
 */
const FILES = [
  'image',
  'small',
  'up',
  'isolation',
  'scale',
  'rotate',
  'auth',
  'accounts',
  'backup',
  'hooks',
  'overlays',
  'catalog',
  'secrecy',
  'acme',
];

const chosen = chooseFiles('npm run test:stack', FILES);
// In the folder where users keep secrets, so that the tests find an image that copies them.
const secrets = join(ROOT, 'secrets');
mkdirSync(secrets, { recursive: true, mode: 0o700 });
const folder = mkdtempSync(join(secrets, 'test-'));
await writeSecrets(folder, {});
const env = {
  ...process.env,
  COMPOSE_PROJECT_NAME: `parley-test-${process.pid}`,
  PARLEY_OWNER: '',
  PARLEY_VERSION: 'test',
  PARLEY_BIND: '127.0.0.1',
  HTTP_PORT: String(await freePort()),
  HTTPS_PORT: String(await freePort()),
  GRAFANA_PORT: String(await freePort()),
  SECRETS_DIR: folder,
  DOMAIN: 'parley.test',
  NODE_EXTRA_CA_CERTS: join(folder, 'ca.crt'),
};
const options = { cwd: ROOT, env, stdio: 'inherit' } as const;

// An interrupt ends the tests, but this program stays to remove the stack.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
try {
  const { status } = spawnSync('docker', ['compose', 'build', '--quiet'], options);
  process.exitCode = status === 0 ? await runTests() : 1;
} finally {
  // With the overlays that have their own volumes or networks, so that these are removed, too.
  const named = ['mosquitto', 'backup', 'hooks', 'catalog', 'acme', 'tests/beside/acme-authority'];
  const files = ['docker-compose.yml', ...named.map((name) => `infra/compose/${name}.yml`)];
  const down = [
    'compose',
    ...files.flatMap((file) => ['--file', file]),
    'down',
    '--volumes',
    '--remove-orphans',
    '--timeout',
    '5',
  ];
  spawnSync('docker', down, { ...options, stdio: 'ignore' });
  rmSync(folder, { recursive: true });
}

/** Runs one file after another, in the order of FILES. Node would sort them. */
async function runTests(): Promise<number> {
  const failed: string[] = [];
  for (const name of chosen) {
    if (await passes(name)) continue;
    failed.push(name);
    // At once, because a later file may replace the containers.
    spawnSync('docker', ['compose', 'logs', '--no-color', '--tail', '40'], options);
  }
  if (failed.length === 0) return 0;
  console.error(`failed: ${failed.join(', ')}`);
  return 1;
}

async function passes(name: string): Promise<boolean> {
  const flags = ['--test', '--test-reporter=spec', '--test-force-exit', '--test-timeout=300000'];
  const file = `infra/compose/tests/${name}.stack.ts`;
  const [code] = await once(spawn(process.execPath, [...flags, file], options), 'exit');
  return code === 0;
}
