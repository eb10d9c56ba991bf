import assert from 'node:assert/strict';
import { globSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { runProgram } from '../../tools/release/run-program.ts';
import { installClient, ROOT } from './install-client.ts';

const stack = new AsyncDisposableStack();
let folder: string;
let archive: string;

before(async () => {
  folder = stack.use(await temporaryFolder()).path;
  archive = installClient(folder);
});
after(() => stack.disposeAsync());

test('the package has the library as JavaScript with declarations, and nothing else', () => {
  const files = runProgram('tar', ['-tzf', archive], folder).trim().split('\n').sort();
  const sources = globSync('**/*.ts', { cwd: `${ROOT}/packages/client` });
  const built = sources.flatMap((file) => [file.replace(/ts$/, 'js'), file.replace(/ts$/, 'd.ts')]);
  const wanted = ['LICENSE', 'README.md', 'package.json', ...built.map((file) => `dist/${file}`)];
  assert.deepEqual(files, wanted.map((file) => `package/${file}`).sort());
});

test('an installed package brings no other one, and is imported by its name', () => {
  assert.deepEqual(globSync('node_modules/*', { cwd: folder }), ['node_modules/@parley']);
  const program = `import * as client from '@parley/client'; console.log(Object.keys(client).join())`;
  const written = runProgram(process.execPath, ['--input-type=module', '-e', program], folder);
  assert.equal(written, 'ParleyError,connect,newKey\n');
});

const PROGRAM = `
import { connect, type Message, ParleyError } from '@parley/client';
import { useChannel } from '@parley/client/react';
const client = connect(new URL('https://chat.example'), { token: async () => 'a' });
const channel = client.channel('lobby', { last: 5 });
channel.on('message', ({ message, up }: Message) => message.repeat(up));
channel.on('error', (error) => error instanceof ParleyError && error.retryAfterMs);
channel.on('order.shipped', ({ data }) => data.order);
export const seqs = useChannel(client, 'lobby').events.map(({ seq }): number => seq);
for await (const event of channel) if (event.kind === 'vote') event.ref.toFixed();
// @ts-expect-error: a message is a text
await channel.send(17);
// @ts-expect-error: there is no such option
connect('https://chat.example', { tokens: '' });
`;

const COMPILERS = {
  'a program for Node': { module: 'nodenext', lib: ['esnext'], types: ['node'] },
  'a page': { module: 'esnext', moduleResolution: 'bundler', lib: ['esnext', 'dom'], types: [] },
};

for (const [what, options] of Object.entries(COMPILERS)) {
  test(`the declarations check ${what}`, () => {
    writeFileSync(`${folder}/program.mts`, PROGRAM);
    const compilerOptions = {
      ...options,
      typeRoots: [`${ROOT}/node_modules/@types`],
      strict: true,
      noEmit: true,
    };
    writeFileSync(
      `${folder}/tsconfig.json`,
      JSON.stringify({ compilerOptions, files: ['program.mts'] }),
    );
    const tsc = `${ROOT}/node_modules/typescript/bin/tsc`;
    assert.equal(runProgram(process.execPath, [tsc, '-p', folder], folder), '');
  });
}
