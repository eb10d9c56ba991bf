import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Manifest, modelOf, nameOf } from './manifest.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
/** Inside node_modules, so that TypeScript finds the models. */
const CACHE = join(ROOT, 'node_modules/.cache');
const TSCONFIG = {
  compilerOptions: {
    strict: true,
    noEmit: true,
    pretty: false,
    skipLibCheck: true,
    module: 'nodenext',
    lib: ['es2022'],
    types: [],
  },
  files: ['manifests.ts'],
};
const MESSAGE = /^[^(]*\((\d+),\d+\): error TS\d+: (.*)$/;

/**
 * Faults of manifests against the types of Kubernetes, one line each: unknown fields at any depth,
 * missing fields, wrong types, values outside an enumeration. TypeScript compiles each manifest as
 * an object literal, in which it accepts no unknown property.
 */
export async function typedFaults(manifests: Manifest[]): Promise<string[]> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'manifests-'));
  try {
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    await writeFile(join(folder, 'manifests.ts'), manifests.map(asLine).join('\n'));
    return explain(await compile(folder), manifests);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function asLine(manifest: Manifest, i: number): string {
  const type = `import('${modelOf(manifest)}').I${manifest.kind}`;
  return `export const manifest${i}: ${type} = ${JSON.stringify(manifest)};`;
}

function compile(folder: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile(process.execPath, [TSC, '-p', folder], { maxBuffer: 1 << 24 }, (_, stdout, stderr) =>
    resolve(stdout + stderr),
  );
  return promise;
}

/**
 * Adds the manifest's name to each message of tsc. Keeps other lines, which are reasons of a
 * message.
 */
function explain(output: string, manifests: Manifest[]): string[] {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, at, message] = MESSAGE.exec(line) ?? [];
      const manifest = manifests[Number(at) - 1];
      return manifest ? `${nameOf(manifest)}: ${message?.replace(/'"|"'/g, "'")}` : line;
    });
}
