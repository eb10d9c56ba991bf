import { cp, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { stringify } from 'yaml';
import { writeSecrets } from '../../../tools/secrets/write-secrets.ts';
import { type Combination, combinations } from './combinations.ts';
import { kustomize } from './kubectl.ts';
import type { Manifest } from './manifest.ts';

const INFRA = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLES = ['embedded', 'production'];
/** Stand-ins for files from the owner of a database, a NATS server or another broker. */
const GIVEN = { 'store_ca.crt': 'PEM', nats_url: 'tls://nats.internal:4222', 'nats_ca.crt': 'PEM' };

/** Number of parallel runs of kubectl. Each needs 80 MB. */
const AT_ONCE = 4;

/** The manifests of one kustomization. */
export interface Rendered {
  name: string;
  manifests: Manifest[];
}

/**
 * Renders every combination, the front door, and the examples with new secrets. `isWanted` selects
 * by name.
 */
export async function renderAll(
  isWanted: (name: string) => boolean = () => true,
): Promise<Rendered[]> {
  await using folder = await temporaryFolder();
  const k8s = await copyInto(folder.path);
  const folders = new Map([['front-door', join(k8s, 'front-door')]]);
  for (const [i, combination] of combinations.entries()) {
    folders.set(combination.name, await combine(join(k8s, 'combined', String(i)), combination));
  }
  for (const name of EXAMPLES) {
    folders.set(`example ${name}`, await withSecrets(join(k8s, 'examples', name)));
  }
  return await renderEach([...folders].filter(([name]) => isWanted(name)));
}

/**
 * Renders AT_ONCE kustomizations in parallel. Waits for all, also after a failure, since the caller
 * then removes the folder.
 */
async function renderEach(folders: [name: string, path: string][]): Promise<Rendered[]> {
  const rendered: Rendered[] = [];
  const left = folders.entries();
  const work = async () => {
    for (const [i, [name, path]] of left) rendered[i] = { name, manifests: await kustomize(path) };
  };
  const tried = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  const failed = tried.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return rendered;
}

/** Copies infra/k8s and the dashboards, without a developer's secrets in the examples. */
async function copyInto(folder: string): Promise<string> {
  const filter = (path: string) => basename(path) !== 'secrets';
  for (const part of ['k8s', 'grafana/dashboards']) {
    await cp(join(INFRA, part), join(folder, part), { recursive: true, filter });
  }
  return join(folder, 'k8s');
}

async function combine(folder: string, { overlay, components }: Combination): Promise<string> {
  await mkdir(folder, { recursive: true });
  const kustomization = {
    namespace: 'parley',
    resources: [`../../overlays/${overlay}`],
    components: components.map((name) => `../../components/${name}`),
  };
  await writeFile(join(folder, 'kustomization.yaml'), stringify(kustomization));
  return folder;
}

async function withSecrets(folder: string): Promise<string> {
  const secrets = join(folder, 'secrets');
  await writeSecrets(secrets, { hosts: { edge: ['chat.example.org'] } });
  for (const [name, text] of Object.entries(GIVEN)) await writeFile(join(secrets, name), text);
  return folder;
}
