import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as {
  scripts: Record<string, string>;
};
/** The formatter, which is a program of others. */
const OF_OTHERS = 'format';
const COMMANDS = Object.entries(scripts)
  .filter(([name]) => name !== OF_OTHERS)
  .map(([name, line]): [string, string[]] => {
    const [, , ...words] = line.split(' ');
    return [name, words.filter((word) => word !== '--client')];
  });

/** Runs a command with its data in its own folder, and otherwise in a user's environment. */
async function run(program: string[], ...args: string[]) {
  await using folder = await temporaryFolder();
  const env = { ...process.env, DATA_DIR: `${folder.path}/data`, SECRETS_DIR: `${folder.path}/s` };
  const { status, stdout, stderr } = spawnSync(process.execPath, [...program, ...args], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, stdout, stderr, made: readdirSync(folder.path) };
}

test('the commands of package.json are found', () => {
  const names = COMMANDS.map(([name]) => name);
  for (const name of ['start', 'export', 'import', 'doctor', 'bench'])
    assert.ok(names.includes(name));
});

for (const [name, program] of [
  ...COMMANDS,
  ['catalog -- replay', ['services/catalog/main.ts', 'replay']] as const,
]) {
  test(`npm run ${name} has --help and refuses an unknown option with exit code 2`, async () => {
    const before = readdirSync(ROOT);
    for (const option of ['--help', '-h']) {
      const help = await run([...program], option);
      assert.deepEqual([help.status, help.stderr, help.made], [0, '', []]);
      assert.match(help.stdout, /^npm (run|start|test)/);
    }
    const unknown = await run([...program], '--no-such-option');
    assert.deepEqual([unknown.status, unknown.stdout, unknown.made], [2, '', []]);
    assert.match(unknown.stderr, /--no-such-option/);
    assert.doesNotMatch(unknown.stderr, /\n {4}at /);
    assert.deepEqual(readdirSync(ROOT), before);
  });
}

test('a token without any right is refused, and one with only a name warns that it has none', async () => {
  const token = ['services/chat/commands/token/main.ts', '--for', 'x'];
  const refused = await run(token);
  assert.deepEqual([refused.status, refused.stdout, refused.made], [2, '', []]);
  assert.match(refused.stderr, /no right.*--publish/);
  const named = await run(token, '--speak-as', 'ada');
  assert.equal(named.status, 0);
  assert.match(named.stderr, /no right/);
  assert.match(named.stdout, /^ey/);
  const misleading = await run(token, '--speak-as', 'a\u202eda', '--publish', '**');
  assert.deepEqual([misleading.status, misleading.stdout], [2, '']);
});
