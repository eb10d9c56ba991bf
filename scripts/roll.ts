import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PlainError } from '@parley/kit/plain-error.ts';
import { runOnce } from '@parley/kit/run.ts';

/**
 * `npm run roll -- chat broadcast broker`: replaces the running containers of those services one by
 * one by new ones, of the image, the settings and the secrets that there are now. Each new one is
 * healthy before an old one is asked to stop, so that there are never fewer than before.
 */
const run = promisify(execFile);

await runOnce(async () => {
  const services = process.argv.slice(2);
  if (services.length === 0) throw new PlainError('name services: npm run roll -- chat broadcast');
  for (const service of services) await roll(service);
});

async function roll(service: string): Promise<void> {
  const old = await containersOf(service);
  if (old.length === 0) throw new PlainError(`no container of ${service} is running`);
  for (const [i, container] of old.entries()) {
    await docker(
      ...['compose', 'up', '--detach', '--wait', '--no-deps', '--no-recreate', '--no-build'],
      ...['--scale', `${service}=${old.length + 1}`, service],
    );
    await docker('stop', container);
    await docker('rm', container);
    process.stdout.write(`${service}: ${i + 1} of ${old.length} replaced\n`);
  }
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
