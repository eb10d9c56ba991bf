import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ANSIBLE } from './deployment.ts';

const run = promisify(execFile);
const INVENTORIES = ['single', 'several'];

test('yamllint finds nothing', async () => {
  await run('yamllint', ['--strict', '.'], { cwd: ANSIBLE });
});

test('ansible-lint finds nothing in its production profile', async () => {
  await run('ansible-lint', ['--offline', '--strict', '--profile', 'production'], { cwd: ANSIBLE });
});

for (const inventory of INVENTORIES) {
  test(`every play can be read with the inventory ${inventory}`, async () => {
    const files = (await readdir(ANSIBLE)).filter((name) => name.endsWith('.yml'));
    const plays = files.filter((name) => name !== 'vault.example.yml');
    const args = ['--syntax-check', '--inventory', join('inventories', inventory)];
    await run('ansible-playbook', [...args, ...plays], { cwd: ANSIBLE });
  });
}
