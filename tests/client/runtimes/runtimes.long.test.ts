import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, globSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openSigningKey } from '@parley/kit/tokens/signing-key.ts';
import { freePort } from '@parley/testkit/processes/free-port.ts';
import { startBare } from '@parley/testkit/processes/running.ts';
import { needsPart } from '@parley/testkit/real-parts.ts';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { until } from '@parley/testkit/until.ts';
import { installClient } from '../install-client.ts';

/** Where `.ci/run` installs the packages of package.json beside this file. */
const KEPT = `${process.env.XDG_CACHE_HOME || `${homedir()}/.cache`}/parley-runtimes`;
const [DENO] = globSync(`${KEPT}/node_modules/@deno/linux-*/deno`);
const [BUN] = globSync(`${KEPT}/node_modules/@oven/bun-linux-*/bin/bun`);
/** The Node of the system, where it is the oldest one that the client is for. */
const NODE = '/usr/bin/node';
const { stdout: version } = spawnSync(NODE, ['--version'], { encoding: 'utf8' });
const noOldNode = String(version).startsWith('v20.') ? false : `${NODE} is not Node 20`;

const RUNTIMES = {
  'Node 20': { command: [NODE], options: { skip: noOldNode } },
  Deno: {
    command: [DENO ?? '', 'run', '--no-remote', '--allow-net=127.0.0.1'],
    options: needsPart(`Deno (${KEPT})`, DENO !== undefined),
  },
  Bun: { command: [BUN ?? ''], options: needsPart(`Bun (${KEPT})`, BUN !== undefined) },
};

const stack = new AsyncDisposableStack();
let installed: string;

before(async () => {
  installed = stack.use(await temporaryFolder()).path;
  installClient(installed);
  const program = fileURLToPath(new URL('program.mjs', import.meta.url));
  copyFileSync(program, `${installed}/program.mjs`);
});
after(() => stack.disposeAsync());

/** What a program has written, and its end, which is after 60 s at the latest. */
function run([file = '', ...args]: string[]) {
  const child = spawn(file, args, { cwd: installed, timeout: 60_000 });
  let [text, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (some) => (text += some));
  child.stderr.setEncoding('utf8').on('data', (some) => (errors += some));
  const ended = once(child, 'close').then(([code]) => ({ code, errors }));
  return { lines: () => text.trimEnd().split('\n'), ended };
}

for (const [name, { command, options }] of Object.entries(RUNTIMES)) {
  test(`in ${name} the package loses nothing when the server is killed`, options, async () => {
    await using folder = await temporaryFolder();
    const port = String(await freePort());
    const env = { DATA_DIR: folder.path, PORT: port, CANARY_SECONDS: '0', AUTH: 'required' };
    const killed = await startBare('services/standalone', env);
    const key = openSigningKey(readFileSync(`${folder.path}/token.key`, 'utf8'));
    const token = key.sign({ sub: 'a', name: 'ada', publish: ['**'], subscribe: ['**'] }, 600);
    const program = run([...command, 'program.mjs', killed.url, token]);
    const wrote = (line: string) =>
      until(`it writes ${line}`, () => program.lines().includes(line), 30_000).catch(
        (error: Error) => assert.fail(`${error.message}; it wrote ${program.lines()}`),
      );
    await wrote('20 m20');
    await killed.end('SIGKILL');
    await wrote('reconnecting');
    await using _ = await startBare('services/standalone', env);
    await wrote('100 m100');
    assert.deepEqual(await program.ended, { code: 0, errors: '' });
    const all = Array.from({ length: 100 }, (_, i) => `${i + 1} m${i + 1}`);
    const states = ['connecting', 'live', 'reconnecting', 'live', 'closed'];
    assert.deepEqual(
      program.lines().filter((line) => /^\d/.test(line)),
      all,
    );
    assert.deepEqual(
      program.lines().filter((line) => !/^\d/.test(line)),
      states,
    );
  });
}
