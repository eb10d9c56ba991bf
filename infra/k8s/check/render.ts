import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { writeSecrets } from '../../../scripts/secrets/write-secrets.ts';
import { temporaryFolder } from '../../../tests/temporary-folder.ts';
import { type Combination, combinations } from './combinations.ts';
import { kustomize } from './kubectl.ts';
import type { Manifest } from './manifest.ts';

const INFRA = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLES = ['embedded', 'production'];
/** What is not ours to make: what a database's, a NATS's or another broker's owner gives. */
const GIVEN = { 'store_ca.crt': 'PEM', nats_url: 'tls://nats.internal:4222', 'nats_ca.crt': 'PEM' };

/** What would be applied. */
export interface Rendered {
  name: string;
  manifests: Manifest[];
}

/** Renders every combination, the front door, and the examples with secrets made for them. */
export async function renderAll(): Promise<Rendered[]> {
  await using folder = await temporaryFolder();
  const k8s = await copyInto(folder.path);
  const folders = new Map([['front-door', join(k8s, 'front-door')]]);
  for (const [i, combination] of combinations.entries()) {
    folders.set(combination.name, await combine(join(k8s, 'combined', String(i)), combination));
  }
  for (const name of EXAMPLES) {
    folders.set(`example ${name}`, await withSecrets(join(k8s, 'examples', name)));
  }
  // All of them end before the folder goes, whichever fails.
  const tried = await Promise.allSettled(
    [...folders].map(async ([name, path]) => ({ name, manifests: await kustomize(path) })),
  );
  return tried.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

async function copyInto(folder: string): Promise<string> {
  for (const part of ['k8s', 'grafana/dashboards']) {
    await cp(join(INFRA, part), join(folder, part), { recursive: true });
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
