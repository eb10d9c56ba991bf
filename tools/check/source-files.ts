import { globSync } from 'node:fs';

/** Folders whose files are not ours, or are built. */
const LEFT_OUT = new Set(['node_modules', '.node', '.git', 'dist', 'data', 'secrets']);
const CODE = ['ts', 'tsx', 'mjs'];
const TEXT = [...CODE, 'css', 'md', 'yml', 'yaml', 'sh', 'conf'];

/** The source files below this folder, by their paths. */
export function findCode(): string[] {
  return find(`**/*.{${CODE}}`);
}

/** The files below this folder in which people read sentences. */
export function findTexts(): string[] {
  return find(`**/*.{${TEXT}}`, '.ci/*', '.github/**/*.yml', '**/Dockerfile');
}

function find(...patterns: string[]): string[] {
  const exclude = (path: string) => path.split('/').some((name) => LEFT_OUT.has(name));
  return globSync(patterns, { exclude }).sort();
}
