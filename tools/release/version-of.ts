import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from './run-program.ts';

const DIGITS = 7;

/**
 * The version of a checkout whose `sources` are copied to `folder`: the version of package.json and
 * the commit, such as `1.2.3+64a3fe9`. When sources have changed since the commit, or there is no
 * git, a digest of the copy replaces the commit, so that one version is always the same release.
 */
export function versionOf(checkout: string, sources: readonly string[], folder: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return `${version}+${commitOf(checkout, sources) ?? digestOf(folder)}`;
}

/** The commit, when no source has changed since; otherwise undefined. */
function commitOf(checkout: string, sources: readonly string[]): string | undefined {
  try {
    const changes = runProgram('git', ['status', '--porcelain', '--', ...sources], checkout);
    if (changes !== '') return undefined;
    return runProgram('git', ['rev-parse', `--short=${DIGITS}`, 'HEAD'], checkout).trim();
  } catch {
    return undefined;
  }
}

function digestOf(folder: string): string {
  const hash = createHash('sha256');
  const files = globSync('**/*', { cwd: folder }).sort();
  for (const file of files.filter((path) => statSync(join(folder, path)).isFile()))
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(folder, file)))
      .update('\0');
  return `changed.${hash.digest('hex').slice(0, DIGITS)}`;
}
