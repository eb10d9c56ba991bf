import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { HELP, parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { runOnce } from '@parley/kit/run.ts';

/**
 * `npm run roll -- chat broadcast broker`: replaces the running containers of those services one by
 * one with new ones, which have the current image, settings and secrets. Each new container is
 * healthy before an old one stops, so that there are never fewer than before.
 */
const USAGE = [
  'npm run roll -- SERVICE …',
  '',
  'Replaces the running containers of services of docker-compose.yml one by one with new ones. Each new',
  'one is healthy before an old one stops.',
].join('\n');

const run = promisify(execFile);
const HEALTHY_LIMIT_MS = 120_000;
const POLL_MS = 250;
const HEALTHY = new Set(['healthy', 'running']);

await runOnce(async () => {
  const { values, positionals: services } = parseCommandLine({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: { help: HELP },
  });
  if (values.help) return void process.stdout.write(`${USAGE}\n`);
  if (services.length === 0) throw new UsageError('name services: npm run roll -- chat broadcast');
  for (const service of services) await roll(service);
});

async function roll(service: string): Promise<void> {
  const old = await containersOf(service);
  if (old.length === 0) throw new PlainError(`no container of ${service} is running`);
  for (const [i, container] of old.entries()) {
    await addOne(service);
    await docker('stop', container);
    await docker('rm', container);
    process.stdout.write(`${service}: ${i + 1} of ${old.length} replaced\n`);
  }
}

/**
 * Adds a container and resolves when it is healthy. The old ones need not be healthy: their
 * password may have been changed.
 */
async function addOne(service: string): Promise<void> {
  // Compose would start a stopped container again instead of a new one.
  await docker('compose', 'rm', '--force', service);
  const before = await containersOf(service);
  await docker(
    'compose',
    'up',
    '--detach',
    '--no-deps',
    '--no-recreate',
    '--no-build',
    '--scale',
    `${service}=${before.length + 1}`,
    service,
  );
  const added = (await containersOf(service)).find((id) => !before.includes(id));
  for (const end = Date.now() + HEALTHY_LIMIT_MS; ; await delay(POLL_MS)) {
    if (added !== undefined && HEALTHY.has(await healthOf(added))) return;
    if (Date.now() < end) continue;
    const log = added === undefined ? '' : await takeAway(added);
    throw new PlainError(
      `the new container of ${service} did not become healthy and was removed:\n${log}`,
    );
  }
}

/** Removes a container and returns the end of its log. */
async function takeAway(container: string): Promise<string> {
  const { stdout, stderr } = await docker('logs', '--tail', '20', container);
  await docker('rm', '--force', container);
  return stdout + stderr;
}

/** The health of a container; one without a healthcheck counts as healthy when it runs. */
async function healthOf(container: string): Promise<string> {
  const state = '{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}';
  const { stdout } = await docker('inspect', '--format', state, container);
  return stdout.trim();
}

async function containersOf(service: string): Promise<string[]> {
  const { stdout } = await docker('compose', 'ps', '--quiet', service);
  return stdout.split('\n').filter((id) => id !== '');
}

async function docker(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  try {
    return await run('docker', args);
  } catch (error) {
    throw new PlainError(`docker ${args.join(' ')}: ${(error as { stderr: string }).stderr}`);
  }
}
