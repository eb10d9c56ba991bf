import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { packRelease } from './pack-release.ts';
import { runProgram } from './run-program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAMS = ['broker/main.ts', 'services/chat/main.ts', 'services/broadcast/main.ts'];

test('a packed release needs only Node to run, and contains no tests and no tools', async () => {
  await using folder = await temporaryFolder();
  const archive = packRelease({ checkout: ROOT, to: folder.path, folder: made(folder, 'work') });
  const release = made(folder, 'release');
  runProgram('tar', ['-xzf', archive], release);
  const { status, stderr } = spawnSync(process.execPath, ['infra/image/compile.ts', ...PROGRAMS], {
    cwd: release,
    encoding: 'utf8',
    env: { PATH: '', LOG_FORMAT: 'json' },
  });
  assert.equal(status, 0, stderr);
  const files = readdirSync(release, { recursive: true, encoding: 'utf8' });
  assert.ok(files.includes('client-demo/dist/index.html'));
  const ours = files.filter((file) => !file.startsWith('node_modules'));
  assert.deepEqual(
    ours.filter((file) => file.endsWith('.test.ts')),
    [],
  );
  for (const tool of ['typescript', 'vite', '@biomejs'])
    assert.ok(!files.includes(`node_modules/${tool}`), tool);
  assert.equal(statSync(join(release, 'services/chat/main.ts')).mode & 0o777, 0o644);
});

test('a release is named by its commit, or by a digest when sources have changed since', async () => {
  await using folder = await temporaryFolder();
  const checkout = checkoutIn(made(folder, 'checkout'));
  const to = made(folder, 'dist');
  const pack = (name: string) =>
    basename(packRelease({ checkout, to, folder: made(folder, name) }));
  const commit = runProgram('git', ['rev-parse', '--short=7', 'HEAD'], checkout).trim();
  assert.equal(pack('first'), `parley-1.2.3+${commit}.tgz`);
  writeFileSync(join(checkout, 'README.md'), 'not packed');
  assert.equal(pack('again'), `parley-1.2.3+${commit}.tgz`);
  writeFileSync(join(checkout, 'broker', 'main.ts'), 'changed');
  const changed = pack('changed');
  assert.match(changed, /^parley-1\.2\.3\+changed\.[0-9a-f]{7}\.tgz$/);
  writeFileSync(join(checkout, 'broker', 'main.ts'), 'changed again');
  assert.notEqual(pack('changed again'), changed);
});

/** A small git checkout that needs no packages. */
function checkoutIn(checkout: string): string {
  for (const name of ['packages', 'services', 'broker', 'client-demo/dist', 'infra'])
    mkdirSync(join(checkout, name), { recursive: true });
  for (const name of ['image', 'nginx'])
    cpSync(join(ROOT, 'infra', name), join(checkout, 'infra', name), { recursive: true });
  writeFileSync(join(checkout, 'LICENSE'), '');
  writeFileSync(join(checkout, '.npmrc'), '');
  writeFileSync(join(checkout, 'broker', 'main.ts'), '');
  writeFileSync(join(checkout, 'client-demo/package.json'), '{}');
  const manifest = { name: 'small', version: '1.2.3' };
  writeFileSync(join(checkout, 'package.json'), JSON.stringify(manifest));
  const lock = { ...manifest, lockfileVersion: 3, packages: { '': manifest } };
  writeFileSync(join(checkout, 'package-lock.json'), JSON.stringify(lock));
  const git = (...args: string[]) =>
    runProgram('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], checkout);
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'All of it');
  return checkout;
}

function made(folder: { path: string }, name: string): string {
  const path = join(folder.path, name);
  mkdirSync(path);
  return path;
}
