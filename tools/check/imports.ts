import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** Source files by path from the repository's root, each with the source files that it imports. */
export type Imports = ReadonlyMap<string, ReadonlySet<string>>;

const SPECIFIER = /^(?:import|export)\b[^'"]*?['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]/gm;
/** Folders of our packages, by the name that imports use. */
const FOLDERS: Record<string, string> = {
  '@parley/broadcast': 'services/broadcast',
  '@parley/broker': 'broker',
  '@parley/catalog': 'services/catalog',
  '@parley/hooks': 'services/hooks',
  '@parley/chat': 'services/chat',
  '@parley/client': 'packages/client',
  '@parley/client-demo': 'client-demo',
  '@parley/contract': 'packages/contract',
  '@parley/kit': 'packages/kit',
  '@parley/standalone': 'services/standalone',
  '@parley/store': 'packages/store',
  '@parley/testkit': 'packages/testkit',
};

/** Reads the imports of these files among themselves; those of other packages are left out. */
export function readImports(files: string[]): Imports {
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const found = [...readFileSync(file, 'utf8').matchAll(SPECIFIER)]
        .map(([, from, dynamic]) => resolveImport(file, from ?? dynamic ?? ''))
        .filter((path) => known.has(path));
      return [file, new Set(found)];
    }),
  );
}

function resolveImport(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(file), specifier));
  const [scope, name, ...rest] = specifier.split('/');
  return [FOLDERS[`${scope}/${name}`] ?? '', ...rest].join('/');
}
