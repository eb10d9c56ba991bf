import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { parse } from 'yaml';
import { writeSecrets } from '../../tools/secrets/write-secrets.ts';

const ANSIBLE = fileURLToPath(new URL('../../ansible', import.meta.url));
/** The files of the vault's variables, by variable name. */
const FILES: Record<string, string> = parse(
  readFileSync(join(ANSIBLE, 'vault.example.yml'), 'utf8'),
);

test("every file in the vault's example is made", async () => {
  await using folder = await temporaryFolder();
  const made = await writeSecrets(folder.path, { renew: ['store-tls'] });
  assert.deepEqual(
    Object.values(FILES).filter((file) => !made.includes(file)),
    [],
  );
});

test("the plays use exactly the vault variables of the vault's example", async () => {
  const used = new Set<string>();
  for (const path of await readdir(ANSIBLE, { recursive: true })) {
    if (!/^(\w[\w-]*|(roles|tasks)\/.*)\.(yml|j2)$/.test(path)) continue;
    if (/vault(\.example)?\.yml$/.test(path)) continue;
    const text = await readFile(join(ANSIBLE, path), 'utf8');
    for (const [name] of text.matchAll(/\bvault_parley_\w+/g)) used.add(name);
  }
  // Only make-secrets.yml reads these, through the example.
  const kept = ['vault_parley_ca_key', 'vault_parley_token_next_key'];
  assert.deepEqual([...used, ...kept].sort(), Object.keys(FILES).sort());
});
