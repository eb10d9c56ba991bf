import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { commandsOf } from './commands.ts';

const run = promisify(execFile);
const PARLEY = fileURLToPath(new URL('parley.ts', import.meta.url));

test('the commands are the scripts of package.json whose program is there, with their arguments', async () => {
  await using folder = await temporaryFolder();
  const bootstrap = 'exec node tools/bootstrap.mjs';
  const scripts = {
    start: `${bootstrap} --client here.ts`,
    export: `${bootstrap} here.ts export`,
    check: `${bootstrap} not-here.ts`,
    other: 'echo here.ts',
  };
  await writeFile(`${folder.path}/package.json`, JSON.stringify({ scripts }));
  await writeFile(`${folder.path}/here.ts`, '');
  assert.deepEqual(
    [...commandsOf(pathToFileURL(`${folder.path}/`))],
    [
      ['start', { program: 'here.ts', args: [] }],
      ['export', { program: 'here.ts', args: ['export'] }],
    ],
  );
});

test('this repository has every command that its documents name for the image', () => {
  const commands = commandsOf(new URL('../../', import.meta.url));
  for (const name of [
    'start',
    'account',
    'token',
    'secrets',
    'doctor',
    'export',
    'import',
    'config',
  ])
    assert.ok(commands.has(name), name);
});

test('commands started by parley name themselves so, and know nothing of npm', async () => {
  const print = async (...args: string[]) =>
    (await run(process.execPath, [PARLEY, ...args], { env: {} })).stdout;
  const [account, broker, config] = await Promise.all([
    print('account', '--help'),
    print('broker/main.ts', '--help'),
    print('config'),
  ]);
  assert.match(account, /^parley account COMMAND\n/);
  assert.match(broker, /^parley broker\n.*parley config lists them/s);
  assert.match(config, /^parley backup, parley restore\n/m);
  for (const text of [account, broker, config]) assert.doesNotMatch(text, /npm/);
});
