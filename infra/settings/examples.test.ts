import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { loadSettings } from '@parley/kit/settings/settings.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { ofKind, type Workload, workloadsOf } from '../k8s/check/kinds.ts';
import { withoutKubectl } from '../k8s/check/kubectl.ts';
import { type Rendered, renderAll } from '../k8s/check/render.ts';
import { kubernetesGiven } from './kubernetes.ts';
import { programs } from './programs.ts';

const MOUNTED = '/etc/parley/secrets/';
const skip = withoutKubectl() ?? false;
let rendered: Rendered[] = [];

before(async () => {
  if (!skip) rendered = await renderAll((name) => name.startsWith('example'));
});

for (const [example, parts] of [
  ['embedded', 1],
  ['production', 3],
] as const) {
  test(`${example}: each service accepts all its settings together, with the files of its Secret`, {
    skip,
  }, async () => {
    await using folder = await temporaryFolder();
    const found = rendered.find(({ name }) => name === `example ${example}`);
    assert.ok(found);
    await writeSecretFiles(found, folder.path);
    const workloads = workloadsOf(found.manifests);
    assert.equal(workloads.length, parts);
    for (const workload of workloads) {
      const [program = ''] = workload.container.args ?? [];
      const config: Record<string, unknown> = loadSettings(
        programs[program] ?? {},
        envOf(found, workload, folder.path),
      );
      assert.equal(config.auth, 'required', program);
    }
  });
}

/** Writes each Secret to a folder with its name. */
async function writeSecretFiles({ manifests }: Rendered, folder: string): Promise<void> {
  for (const { metadata, data } of ofKind(manifests, 'Secret')) {
    await mkdir(join(folder, metadata.name));
    for (const [key, text] of Object.entries(data ?? {})) {
      await writeFile(join(folder, metadata.name, key), Buffer.from(text, 'base64'));
    }
  }
}

/** A service's environment, with paths to the folder of its Secret. */
function envOf(rendered: Rendered, { container, pod }: Workload, folder: string) {
  const secret = join(folder, pod.volumes?.[0]?.secret?.secretName ?? '', '/');
  const own = kubernetesGiven(rendered).filter(({ program }) => program === container.args?.[0]);
  return Object.fromEntries(
    own.map(({ variable, value }) => [variable, value?.replace(MOUNTED, secret)]),
  );
}
