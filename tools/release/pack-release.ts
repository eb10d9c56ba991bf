import { cpSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm, runProgram } from './run-program.ts';
import { versionOf } from './version-of.ts';

/**
 * The files that a host runs, and those that list the packages it needs. Tests, their
 * kit and the workspaces' own node_modules are not copied.
 */
const SOURCES = [
  'LICENSE',
  'package.json',
  'package-lock.json',
  '.npmrc',
  'packages',
  'services',
  'broker',
  'client-demo/package.json',
  'client-demo/dist',
  'infra/image',
  'infra/nginx',
];
/** The sources of client-demo/dist. */
const PAGE_SOURCES = 'client-demo';
const LEFT_BEHIND = /\.test\.ts$|\/node_modules$|\/packages\/testkit\/(?!package\.json$)/;

/**
 * Packs what a host runs (sources, the built page, the packages that they need) as
 * `parley-<version>.tgz` in the folder `to`, if it is missing, and returns its path. The archive
 * does not depend on the processor. `folder` must be empty; the caller removes it.
 * @throws PlainError with the program that failed
 */
export function packRelease(wish: { checkout: string; to: string; folder: string }): string {
  const { checkout, to, folder } = wish;
  copySources(checkout, folder);
  const name = `parley-${versionOf(checkout, [...SOURCES, PAGE_SOURCES], folder)}`;
  const archive = join(to, `${name}.tgz`);
  if (existsSync(archive)) return archive;
  runNpm(['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
  runProgram('chmod', ['-R', 'u=rwX,go=rX', '.'], folder);
  mkdirSync(to, { recursive: true });
  const part = `${archive}.${process.pid}`;
  runProgram('tar', ['-czf', part, '.'], folder);
  renameSync(part, archive);
  return archive;
}

function copySources(checkout: string, folder: string): void {
  const filter = (path: string) => !LEFT_BEHIND.test(path);
  for (const name of SOURCES)
    cpSync(join(checkout, name), join(folder, name), { recursive: true, filter });
}
