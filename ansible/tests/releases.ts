import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './deployment.ts';
import { type Host, on } from './host-containers.ts';

const run = promisify(execFile);
/** True only in a service that its unit started: the unit gives it credentials. */
const FOR_REAL = 'process.env.CREDENTIALS_DIRECTORY';

/** Faults of a release: statements that run before its chat starts. */
export const FAULTS = {
  none: '',
  'exits at start': `if (${FOR_REAL}) process.exit(1);`,
  'never gets ready': `
    import { Server } from 'node:http';
    const { emit } = Server.prototype;
    Server.prototype.emit = function (name, request, response) {
      if (!${FOR_REAL} || request?.url !== '/readyz') return emit.apply(this, arguments);
      response.writeHead(503).end('never');
      return true;
    };`,
} as const;

/** Packs this checkout as a user does. Returns the path of the archive. */
export async function packRelease(): Promise<string> {
  const { stdout } = await run('npm', ['run', '--silent', 'pack'], { cwd: ROOT });
  return stdout.trim().split('\n').at(-1) ?? '';
}

/**
 * Makes a release of another version from an archive, with a fault in its chat. Returns the path of
 * the new archive.
 */
export async function anotherRelease(
  archive: string,
  { version, fault, folder }: { version: string; fault: keyof typeof FAULTS; folder: string },
): Promise<string> {
  const content = join(folder, version);
  await mkdir(content, { recursive: true });
  await run('tar', ['-xzf', archive, '-C', content]);
  const program = join(content, 'services/chat/main.ts');
  await writeFile(program, `${FAULTS[fault]}\n${await readFile(program, 'utf8')}`);
  const made = join(folder, `parley-${version}.tgz`);
  await run('tar', ['--use-compress-program=gzip -1', '-cf', made, '-C', content, '.']);
  return made;
}

/** The options of a play that installs this archive. */
export function withRelease(archive: string): string[] {
  return ['--extra-vars', `parley_release=${archive}`];
}

/** The release that a service on a host is linked to. */
export async function releaseOf(part: string, host: Host | undefined): Promise<string> {
  assert.ok(host);
  return (await on(host, 'readlink', `/opt/parley/parts/${part}`)).trim().replace(/.*\//, '');
}
