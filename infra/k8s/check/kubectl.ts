import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import type { Manifest } from './manifest.ts';

const run = promisify(execFile);
const MAX_OUTPUT = 64 * 1024 * 1024;
/** It lives too shortly to collect garbage or to need threads; so it takes half the CPU. */
const SPARING = { GOGC: 'off', GOMAXPROCS: '1' };

/** Says why nothing can be rendered here; undefined where it can. @throws Error instead, with REQUIRE_ALL=1 */
export function withoutKubectl(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  if (folders.some((folder) => existsSync(join(folder, 'kubectl')))) return undefined;
  const missing = 'there is no kubectl on this machine, which renders infra/k8s';
  if (process.env.REQUIRE_ALL === '1') throw new Error(`REQUIRE_ALL=1, but ${missing}`);
  return missing;
}

/** Manifests by their text: combinations have most of them in common. */
const parsed = new Map<string, Manifest>();

/** Renders a kustomization as `kubectl apply -k` does. @throws Error with what kubectl said */
export async function kustomize(folder: string): Promise<Manifest[]> {
  const env = { ...process.env, ...SPARING };
  const { stdout } = await run('kubectl', ['kustomize', folder], { env, maxBuffer: MAX_OUTPUT });
  return stdout.split(/^---$/m).map(parseOnce);
}

function parseOnce(text: string): Manifest {
  const manifest: Manifest = parsed.get(text) ?? unfold(parse(text));
  parsed.set(text, manifest);
  return manifest;
}

/** Kustomize folds base64 into lines, as everybody takes it but the models. */
function unfold(manifest: Manifest): Manifest {
  if (manifest.kind !== 'Secret') return manifest;
  const data = Object.entries(manifest.data ?? {});
  return { ...manifest, data: Object.fromEntries(data.map(([k, v]) => [k, v.replace(/\s/g, '')])) };
}
