import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { commandsOf } from './commands.ts';

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
