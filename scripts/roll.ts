import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PlainError } from '@parley/kit/plain-error.ts';
import { runOnce } from '@parley/kit/run.ts';

/**
 * `npm run roll -- chat broadcast broker`: replaces the running containers of those services one by
 * one by new ones, of the image, the settings and the secrets that there are now. Each new one is
 * healthy before an old one is asked to stop, so that there are never fewer than before.
 */
const run = promisify(execFile);
const HEALTHY_LIMIT_MS = 120_000;
const POLL_MS = 250;

await runOnce(async () => {
  const services = process.argv.slice(2);
  if (services.length === 0) throw new PlainError('name services: npm run roll -- chat broadcast');
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

/** Resolves when it is healthy; the others need not be, as with a password that no longer holds. */
async function addOne(service: string): Promise<void> {
  const before = await containersOf(service);
  await docker(
    ...['compose', 'up', '--detach', '--no-deps', '--no-recreate', '--no-build'],
    ...['--scale', `${service}=${before.length + 1}`, service],
  );
  const added = (await containersOf(service)).find((id) => !before.includes(id));
  for (const end = Date.now() + HEALTHY_LIMIT_MS; ; await delay(POLL_MS)) {
    if (added !== undefined && (await healthOf(added)) === 'healthy') return;
    if (Date.now() < end) continue;
    throw new PlainError(`the new container of ${service}, ${added}, is not healthy: see its log`);
  }
}

async function healthOf(container: string): Promise<string> {
  const { stdout } = await docker('inspect', '--format', '{{.State.Health.Status}}', container);
  return stdout.trim();
}

async function containersOf(service: string): Promise<string[]> {
  const { stdout } = await docker('compose', 'ps', '--quiet', service);
  return stdout.split('\n').filter((id) => id !== '');
}

async function docker(...args: string[]): Promise<{ stdout: string }> {
  try {
    return await run('docker', args);
  } catch (error) {
    throw new PlainError(`docker ${args.join(' ')}: ${(error as { stderr: string }).stderr}`);
  }
}
