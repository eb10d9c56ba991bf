import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { arrowFaults } from './arrow-faults.ts';
import { circleFaults } from './circle-faults.ts';
import { folderFaults } from './folder-faults.ts';
import { type Imports, readImports } from './imports.ts';
import { wordFaults } from './word-faults.ts';

const imports = (of: Record<string, string[]>): Imports =>
  new Map(Object.entries(of).map(([file, targets]) => [file, new Set(targets)]));

test('imports are found in every form, and lead to files of this repository', async () => {
  await using folder = await temporaryFolder();
  const text = [
    "import type { A } from './b.ts';",
    "import {\n  c,\n} from '../other/c.ts';",
    "export { d } from './d.ts';",
    "const e = await import('./e.ts');",
    "import { readFileSync } from 'node:fs';",
    "const f = 'from ./f.ts';",
  ].join('\n');
  const path = (name: string) => join(folder.path, name);
  for (const name of ['in/a.ts', 'in/b.ts', 'other/c.ts', 'in/d.ts', 'in/e.ts', 'in/f.ts']) {
    await mkdir(dirname(path(name)), { recursive: true });
    await writeFile(path(name), name === 'in/a.ts' ? text : '');
  }
  const files = ['in/a.ts', 'in/b.ts', 'other/c.ts', 'in/d.ts', 'in/e.ts', 'in/f.ts'].map(path);
  const expected = ['in/b.ts', 'other/c.ts', 'in/d.ts', 'in/e.ts'].map(path);
  assert.deepEqual([...(readImports(files).get(path('in/a.ts')) ?? [])], expected);
});

test('a circle of imports is a fault, and a shared file is not', () => {
  const shared = imports({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] });
  assert.deepEqual(circleFaults(shared), []);
  const circle = imports({ a: ['b'], b: ['c'], c: ['b'] });
  assert.deepEqual(circleFaults(circle), ['circle of imports: b -> c -> b']);
});

for (const [file, target] of [
  ['packages/contract/problem.ts', 'packages/kit/metrics.ts'],
  ['packages/kit/http/app.ts', 'services/chat/chat.ts'],
  ['services/broadcast/hub.ts', 'services/chat/chat.ts'],
  ['services/broadcast/channel/backlog.ts', 'services/broadcast/reader/connection.ts'],
  ['services/broadcast/channel/live-channel.ts', 'services/broadcast/routes/stream-route.ts'],
  ['services/chat/store/store.ts', 'services/chat/log/committer.ts'],
  ['broker/access/rights.ts', 'broker/clients/clients.ts'],
  ['client-demo/src/connection/connection.ts', 'client-demo/src/view/log/channel-log.tsx'],
  ['client-demo/src/main.tsx', 'packages/kit/metrics.ts'],
  ['services/chat/chat.ts', 'packages/testkit/until.ts'],
] as const) {
  test(`${file} may not import ${target}`, () =>
    assert.deepEqual(arrowFaults(imports({ [file]: [target] })), [
      `${file} may not import ${target}`,
    ]));
}

test('imports in the direction, of files beside the folders, and of a test are allowed', () => {
  const allowed = imports({
    'services/chat/log/committer.ts': ['services/chat/metrics.ts', 'services/chat/store/store.ts'],
    'services/broadcast/reader/catch-up.ts': ['services/broadcast/channel/backlog.ts'],
    'services/standalone/main.ts': ['services/chat/chat.ts', 'broker/broker.ts'],
    'services/chat/chat.test.ts': ['packages/testkit/until.ts'],
    'tools/roll.ts': ['services/chat/settings.ts'],
  });
  assert.deepEqual(arrowFaults(allowed), []);
});

test('a folder of seventeen source files is a fault, tests aside', () => {
  const files = (count: number) => Array.from({ length: count }, (_, i) => `a/${i}.ts`);
  assert.deepEqual(folderFaults([...files(16), 'a/1.test.ts', 'a/b/1.ts']), []);
  assert.equal(folderFaults(files(17)).length, 1);
});

test('the dialect is found in comments, test names and documents, not in code', async () => {
  await using folder = await temporaryFolder();
  const word = ['who', 'ever'].join('');
  const file = async (name: string, text: string) => {
    await writeFile(join(folder.path, name), text);
    return wordFaults([join(folder.path, name)]).map((fault) => fault.replace(/^.*\//, ''));
  };
  const say = (at: string) => [`${at}: "${word}": say it plainly`];
  assert.deepEqual(await file('a.ts', `const a = 1;\n/**\n * For ${word} asks. */`), say('a.ts:3'));
  assert.deepEqual(await file('b.ts', `const b = 1; // ${word}`), say('b.ts:1'));
  assert.deepEqual(await file('c.ts', `test('${word} asks', () => {});`), say('c.ts:1'));
  assert.deepEqual(await file('d.ts', `const ${word} = 'for ${word}';`), []);
  assert.deepEqual(await file('e.md', `One.\nFor ${word}.\n`), say('e.md:2'));
  assert.deepEqual(await file('f.md', `\`\`\`\n${word}\n\`\`\`\nThe word \`${word}\`.`), []);
  assert.deepEqual(await file('g.sh', `echo ${word}\n# ${word}`), say('g.sh:2'));
});
