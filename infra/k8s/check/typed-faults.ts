import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Manifest, modelOf, nameOf } from './manifest.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
/** Below node_modules, so that the models are found from there. */
const CACHE = join(ROOT, 'node_modules/.cache');
const OPTIONS =
  '--ignoreConfig --noEmit --pretty false --strict --skipLibCheck --target esnext --module nodenext --types node';
const MESSAGE = /^[^(]*\((\d+),\d+\): error TS\d+: (.*)$/;

/**
 * What the types of Kubernetes say against manifests, a line each: a field that there is not, at any
 * depth, a missing one, a wrong type, a word that is none of those allowed. TypeScript itself is asked: each
 * manifest is an object literal, in which it takes no unknown property.
 */
export async function typedFaults(manifests: Manifest[]): Promise<string[]> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'manifests-'));
  try {
    const file = join(folder, 'manifests.ts');
    await writeFile(file, manifests.map(asLine).join('\n'));
    return explain(await compile(file), manifests);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function asLine(manifest: Manifest, i: number): string {
  const type = `import('${modelOf(manifest)}').I${manifest.kind}`;
  return `export const manifest${i}: ${type} = ${JSON.stringify(manifest)};`;
}

function compile(file: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const args = [TSC, ...OPTIONS.split(' '), file];
  execFile(process.execPath, args, { maxBuffer: 1 << 24 }, (_, stdout, stderr) =>
    resolve(stdout + stderr),
  );
  return promise;
}

/** Lines that follow a message are its reasons, and all that is said is told. */
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
