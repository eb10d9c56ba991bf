import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runNpm, runProgram } from './run-program.ts';

/** The declarations import each other's sources; older compilers know only the names of what is packed. */
const SOURCE_IMPORT = /(from '\.[^']*)\.ts'/g;

/**
 * Packs the client library for npm, as JavaScript with declarations, in the folder `to`, and returns
 * the path of `parley-client-<version>.tgz`. `folder` must be empty; the caller removes it.
 * @throws PlainError with the program that failed
 */
export function packClient(wish: { checkout: string; to: string; folder: string }): string {
  const { checkout, to, folder } = wish;
  const source = join(checkout, 'packages/client');
  const out = join(folder, 'dist');
  const tsc = join(checkout, 'node_modules/typescript/bin/tsc');
  runProgram(process.execPath, [tsc, '-p', source, '--outDir', out], checkout);
  for (const file of readdirSync(out, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.d.ts')) nameOutputs(join(out, file));
  cpSync(join(source, 'README.md'), join(folder, 'README.md'));
  cpSync(join(checkout, 'LICENSE'), join(folder, 'LICENSE'));
  const manifest = manifestOf(readJson(source), String(readJson(checkout).version));
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  mkdirSync(to, { recursive: true });
  const name = runNpm(['pack', '--silent', '--pack-destination', resolve(to)], folder).trim();
  return join(to, name);
}

/** The manifest on npm. In the checkout, the peer would be installed wherever Parley runs. */
function manifestOf(own: Record<string, unknown>, version: string): object {
  const { name, description, license, type, sideEffects } = own;
  const entry = (file: string) => ({ types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` });
  return {
    ...{ name, version, description, license, type, sideEffects },
    engines: { node: '>=20' },
    exports: { '.': entry('index'), './react': entry('react') },
    files: ['dist'],
    peerDependencies: { react: '>=18' },
    peerDependenciesMeta: { react: { optional: true } },
  };
}

function nameOutputs(file: string): void {
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(SOURCE_IMPORT, "$1.js'"));
}

function readJson(folder: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}
