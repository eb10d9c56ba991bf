import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { NGINX, needs } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

const INSTALL = fileURLToPath(new URL('../../infra/nginx/install.sh', import.meta.url));

test(
  "a second installation keeps a deployment's own files and updates the others",
  needs('nginx'),
  async () => {
    await using folder = await temporaryFolder();
    assert.ok(install(folder.path).includes('nginx.conf'));
    assert.deepEqual(install(folder.path), []);
    const own = join(folder.path, 'site/upstreams.conf');
    const shared = join(folder.path, 'routes.conf');
    await writeFile(own, '# own');
    await writeFile(shared, '# older');
    assert.deepEqual(install(folder.path), ['routes.conf']);
    assert.equal(await readFile(own, 'utf8'), '# own');
    assert.notEqual(await readFile(shared, 'utf8'), '# older');
  },
);

/** The files that the installation wrote. */
function install(folder: string): string[] {
  const output = execFileSync('sh', [INSTALL, folder], { env: { ...process.env, NGINX } });
  return String(output)
    .split('\n')
    .filter((line) => line !== '');
}
