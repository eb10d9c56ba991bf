import { cpSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { runProgram } from './run-program.ts';
import { versionOf } from './version-of.ts';

/** What runs on a host, and what says which packages that needs. Tests and packages of workspaces stay behind. */
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
/** Of which client-demo/dist is made. */
const PAGE_SOURCES = 'client-demo';
const LEFT_BEHIND = /\.test\.ts$|^node_modules$/;

/**
 * Packs what a host runs (sources, the built page, the packages that they need) as
 * `parley-<version>.tgz` in the folder `to`, unless that is there, and answers with its path. There
 * is nothing in it that depends on the processor. `folder` is empty and the caller's to remove.
 * @throws PlainError that says which program failed
 */
export function packRelease(wish: { checkout: string; to: string; folder: string }): string {
  const { checkout, to, folder } = wish;
  copySources(checkout, folder);
  const name = `parley-${versionOf(checkout, [...SOURCES, PAGE_SOURCES], folder)}`;
  const archive = join(to, `${name}.tgz`);
  if (existsSync(archive)) return archive;
  npm(['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
  runProgram('chmod', ['-R', 'u=rwX,go=rX', '.'], folder);
  mkdirSync(to, { recursive: true });
  const part = `${archive}.${process.pid}`;
  runProgram('tar', ['-czf', part, '.'], folder);
  renameSync(part, archive);
  return archive;
}

function copySources(checkout: string, folder: string): void {
  const filter = (path: string) => !LEFT_BEHIND.test(basename(path));
  for (const name of SOURCES)
    cpSync(join(checkout, name), join(folder, name), { recursive: true, filter });
}

/** The npm that called us, or the one on the path. */
function npm(args: string[], folder: string): void {
  const { npm_execpath: cli } = process.env;
  if (cli) runProgram(process.execPath, [cli, ...args], folder);
  else runProgram('npm', args, folder);
}
