import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, test } from 'node:test';
import { createGzip } from 'node:zlib';
import { post } from '@parley/testkit/clients/post.ts';
import { docker } from '@parley/testkit/processes/docker.ts';
import { until } from '@parley/testkit/until.ts';

const { COMPOSE_PROJECT_NAME: project, PARLEY_VERSION: version } = process.env;
const IMAGE = `parley:${version}`;
const NAME = `${project}-one`;
const SIZE_LIMIT = 150e6;
const HARDENED = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];

after(async () => {
  await docker('rm', '--force', NAME);
  await docker('volume', 'rm', '--force', NAME);
});

/** The one command of the README, with a free port and without rights. Resolves with its URL. */
async function startOne(): Promise<string> {
  const options = ['--detach', '--name', NAME, '--publish', '127.0.0.1::8080', ...HARDENED];
  await docker('run', ...options, '--volume', `${NAME}:/data`, IMAGE);
  const [address] = (await docker('port', NAME, '8080')).split('\n');
  const url = `http://${address}`;
  await until('it is ready', () =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return url;
}

test('one command starts all of Parley, which keeps its data and key and ends in order', async () => {
  await post(await startOne(), 'lobby', 'from nothing');
  const token = (await parley('token', '--for', 'a-program', '--subscribe', '**')).trim();
  await docker('stop', NAME);
  assert.equal((await docker('inspect', '--format', '{{.State.ExitCode}}', NAME)).trim(), '0');
  assert.match(await docker('logs', NAME), /makes the first administrator.*"msg":"stopped"/s);
  await docker('rm', NAME);

  const url = await startOne();
  const headers = { Authorization: `Bearer ${token}` };
  const log = await fetch(`${url}/chat/lobby`, { headers });
  assert.equal(log.status, 200);
  assert.match(await log.text(), /from nothing/);
});

const parley = (...args: string[]) => docker('exec', NAME, 'parley', ...args);

test('every command for users is in the image', async () => {
  assert.equal((await parley('export', '/data/out')).trim(), '/data/out/lobby.txt');
  await docker('exec', NAME, 'cp', '/data/out/lobby.txt', '/data/out/copy.txt');
  assert.match(await parley('import', '/data/out/copy.txt'), /copy\.txt: 1 stored/);
  for (const name of ['account', 'token', 'secrets', 'doctor', 'export', 'import', 'config'])
    assert.match(await parley(name, '--help'), new RegExp(`^parley ${name}`));
  assert.match(await parley('--help'), /start, .*account/);
  await assert.rejects(parley('no-such'), /there is no command no-such/);
  await assert.rejects(docker('run', '--rm', IMAGE, 'no-such'), /there is no command no-such/);
});

test('the image has no npm, no packages for development and no tests', async () => {
  const found = await docker(
    ...['run', '--rm', '--entrypoint', 'find', IMAGE, '/app', '/usr/local', '('],
    ...['-name', 'npm', '-o', '-name', '*.test.ts', '-o', '-path', '*/node_modules/@types'],
    ...['-o', '-path', '*/node_modules/typescript', '-o', '-path', '*/node_modules/vite', ')'],
  );
  assert.equal(found, '');
});

test('the image is at most 150 MB compressed', async (t) => {
  const save = spawn('docker', ['save', IMAGE], { stdio: ['ignore', 'pipe', 'inherit'] });
  let size = 0;
  // The fastest compression; a registry's is better.
  for await (const chunk of save.stdout.pipe(createGzip({ level: 1 }))) size += chunk.length;
  t.diagnostic(`${Math.round(size / 1e6)} MB`);
  assert.ok(size > 0 && size <= SIZE_LIMIT, `${size} bytes`);
});
