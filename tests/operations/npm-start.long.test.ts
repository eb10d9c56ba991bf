import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { acceptsConnections } from '@parley/testkit/processes/accepts-connections.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/**
 * Node before 22.15 cannot replace a process with another one; this makes a newer Node behave the
 * same.
 */
const WITHOUT_EXECVE = { NODE_OPTIONS: '--import data:text/javascript,delete%20process.execve' };
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL'] as const;

/** `npm start`, with this machine's npm. */
async function npmStart(folder: string, env: Record<string, string>) {
  const ports = { PORT: '0', MQTT_PORT: '0', LOG_FORMAT: 'json', DATA_DIR: folder };
  const npm = spawn('npm', ['start'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...ports, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const lines: Record<string, unknown>[] = [];
  const ready = Promise.withResolvers<string>();
  createInterface({ input: npm.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    const fields = JSON.parse(line);
    lines.push(fields);
    if (fields.url !== undefined) ready.resolve(fields.url);
  });
  const closed = once(npm.stdout, 'close');
  void closed.then(() => ready.reject(new Error('npm start ended before the server was ready')));
  const logged = (text: string) => lines.find(({ msg }) => String(msg).startsWith(text));
  // A start has no time limit here: the first one builds the page and compiles the server.
  const port = Number(new URL(await ready.promise).port);
  return { npm, port, logged, closed };
}

for (const [name, env] of [
  ['when the bootstrap becomes the program', {}],
  ['when the program is a child of the bootstrap', WITHOUT_EXECVE],
] as const) {
  for (const signal of SIGNALS) {
    test(`${signal} to npm stops the server in order, ${name}`, async () => {
      await using folder = await temporaryFolder();
      const { npm, port, logged, closed } = await npmStart(folder.path, env);
      npm.kill(signal);
      await closed; // every process that writes to it has ended
      assert.ok(logged('stopped'));
      assert.equal(await acceptsConnections(port), false);
    });
  }

  test(`a signal to every process of npm's group stops the server in order, ${name}`, async () => {
    await using folder = await temporaryFolder();
    const { npm, logged, closed } = await npmStart(folder.path, env);
    process.kill(-(npm.pid ?? 0), 'SIGINT');
    await closed;
    assert.ok(logged('stopped'));
  });
}

test('with two processes, a signal to every process of the group stops all in order', async () => {
  await using folder = await temporaryFolder();
  const { npm, port, logged, closed } = await npmStart(folder.path, { PROCESSES: '2' });
  process.kill(-(npm.pid ?? 0), 'SIGINT');
  await closed;
  assert.ok(logged('stopped'));
  assert.equal(logged('a process ended'), undefined);
  assert.equal(await acceptsConnections(port), false);
});

test('with two processes, SIGKILL to npm stops all in order', async () => {
  await using folder = await temporaryFolder();
  const { npm, port, logged, closed } = await npmStart(folder.path, { PROCESSES: '2' });
  npm.kill('SIGKILL');
  await closed;
  assert.ok(logged('stopped'));
  assert.equal(await acceptsConnections(port), false);
});

test('a server whose bootstrap is killed stops in order', async () => {
  await using folder = await temporaryFolder();
  const { npm, logged, closed } = await npmStart(folder.path, WITHOUT_EXECVE);
  process.kill(await onlyChildOf(npm), 'SIGKILL');
  await closed;
  assert.ok(logged('stopped'));
});

test('a bootstrap whose npm has ended before it starts nothing', async () => {
  await using folder = await temporaryFolder();
  // The shell ends at once, and what it started gets another parent before the bootstrap begins.
  const late = 'while kill -0 $$ 2>/dev/null; do sleep 0.01; done; exec node tools/bootstrap.mjs';
  const shell = spawn('sh', ['-c', `(${late} services/standalone/main.ts) &`], {
    cwd: ROOT,
    env: {
      PATH: process.env.PATH,
      npm_lifecycle_event: 'start',
      PORT: '0',
      MQTT_PORT: '0',
      DATA_DIR: folder.path,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  shell.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await once(shell.stdout, 'close'); // every process that writes to it has ended
  assert.equal(output, '');
});

test('a signal during the installation of dependencies ends the installation', async () => {
  await using folder = await temporaryFolder();
  await mkdir(`${folder.path}/scripts`);
  for (const file of ['tools/bootstrap.mjs', 'tools/end-with-parent.mjs', 'package.json'])
    await cp(`${ROOT}${file}`, `${folder.path}/${file}`);
  await writeFile(`${folder.path}/package-lock.json`, '{}');
  const installer = `${folder.path}/npm-cli.mjs`;
  await writeFile(installer, 'console.error("installing"); setInterval(() => {}, 1000);');
  const bootstrap = spawn(process.execPath, ['tools/bootstrap.mjs', 'never.ts'], {
    cwd: folder.path,
    env: { PATH: process.env.PATH, npm_execpath: installer },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  bootstrap.stderr.on('data', (chunk) => {
    output += chunk;
  });
  await until(
    'the installer runs',
    () => output.endsWith('installing\n') && !output.endsWith('parley: installing\n'),
  );
  bootstrap.kill('SIGTERM');
  const [code, signal] = await once(bootstrap, 'close'); // the installer has standard error open, too
  assert.deepEqual([code, signal], [null, 'SIGTERM']);
});

async function onlyChildOf({ pid }: ChildProcess): Promise<number> {
  return Number(await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'));
}
