import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import type { Manifest } from './manifest.ts';

const run = promisify(execFile);
const MAX_OUTPUT = 64 * 1024 * 1024;
/** Halves the CPU time of kubectl, which is too short-lived for garbage collection or threads. */
const SPARING = { GOGC: 'off', GOMAXPROCS: '1' };

/**
 * The reason for a skip when kubectl is missing, else undefined. @throws Error when it is missing
 * with REQUIRE_ALL=1
 */
export function withoutKubectl(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  if (folders.some((folder) => existsSync(join(folder, 'kubectl')))) return undefined;
  const missing = 'kubectl, which renders infra/k8s, is not installed';
  if (process.env.REQUIRE_ALL === '1') throw new Error(`REQUIRE_ALL=1, but ${missing}`);
  return missing;
}

/** Parsed manifests by text, since combinations have most manifests in common. */
const parsed = new Map<string, Manifest>();

/** Renders a kustomization as `kubectl apply -k` does. @throws Error with the output of kubectl */
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

/** Removes the line breaks that Kustomize adds to base64: the models of Kubernetes refuse them. */
function unfold(manifest: Manifest): Manifest {
  if (manifest.kind !== 'Secret') return manifest;
  const data = Object.entries(manifest.data ?? {});
  return { ...manifest, data: Object.fromEntries(data.map(([k, v]) => [k, v.replace(/\s/g, '')])) };
}
