import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '@parley/testkit/temporary-folder.ts';
import { chooseTestFiles } from './test-files.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const HEAD =
  "import { test } from 'node:test';\nimport { existsSync, writeFileSync } from 'node:fs';\n";
const PASSES = `${HEAD}test('passes', () => undefined);\ntest('waits for a server', { skip: 'no server' }, () => undefined);\n`;
const FAILS = `${HEAD}test('holds one', (t) => t.test('fails', () => { throw new Error('wrong sum'); }));\n`;
const CRASHES = "throw new Error('cannot be loaded');\n";
/** The second test needs the first one. */
const flaky = (mark: string) =>
  `${HEAD}let begun;\ntest('begins', () => { begun = true; });\ntest('fails once', () => {\n  if (begun && existsSync('${mark}')) return;\n  writeFileSync('${mark}', '');\n  throw new Error('too slow');\n});\n`;

/** Runs the test runner on these files, in a temporary folder. */
async function runTests(files: Record<string, string>) {
  await using folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  const list = join(folder.path, 'flaky.txt');
  const env = { PATH: process.env.PATH, FLAKY_LIST: list };
  const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
    execFile(process.execPath, [MAIN, 'test'], { cwd: folder.path, env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });
  return { code, output, listed: await readFile(list, 'utf8').catch(() => '') };
}

test('npm test runs the plain files, test:rest the long files and those that run alone', () => {
  const paths = ['a.test.ts', 'tests/b.test.ts', 'tests/c.long.test.ts', 'tests/d.alone.test.ts'];
  assert.deepEqual(chooseTestFiles(paths, 'test', []), {
    sideBySide: ['tests/b.test.ts', 'a.test.ts'],
    alone: [],
  });
  assert.deepEqual(chooseTestFiles(paths, 'rest', []), {
    sideBySide: ['tests/c.long.test.ts'],
    alone: ['tests/d.alone.test.ts'],
  });
  const all = chooseTestFiles(paths, 'all', []);
  assert.deepEqual([...all.sideBySide, ...all.alone].sort(), paths);
});

test('words choose from the files of every kind', () => {
  const paths = ['hub.test.ts', 'tests/hub.long.test.ts', 'tests/log.alone.test.ts'];
  assert.deepEqual(chooseTestFiles(paths, 'test', ['hub', 'log']), {
    sideBySide: ['tests/hub.long.test.ts', 'hub.test.ts'],
    alone: ['tests/log.alone.test.ts'],
  });
});

test('a run that passes lists the skipped tests and counts every test', async () => {
  const { code, output } = await runTests({ 'a.test.ts': PASSES });
  assert.equal(code, 0, output);
  assert.match(output, /^✔ +[\d.]+ s {2}a\.test\.ts \(1 passed, 1 skipped\)$/m);
  assert.match(output, /skipped:\n {2}a\.test\.ts: 1, no server/);
  assert.match(output, /^1 passed, 0 failed, 1 skipped$/m);
});

test('a test that fails twice fails the run, with its error and the command that repeats it', async () => {
  const { code, output } = await runTests({ 'a.test.ts': FAILS, 'b.alone.test.ts': CRASHES });
  assert.equal(code, 1);
  assert.match(output, /failed: a\.test\.ts > holds one\n(.*\n)*? +Error: wrong sum/);
  assert.match(output, /failed: b\.alone\.test\.ts\n(.*\n)*? +Error: cannot be loaded/);
  assert.match(output, /^ {2}npm test -- a\.test\.ts {3}# holds one$/m);
  assert.match(output, /^0 passed, 2 failed, 0 skipped$/m);
});

test('a hook of a file that fails at the end fails the run', async () => {
  const hook =
    "import { after } from 'node:test';\nafter(() => { throw new Error('the wire differs'); });\n";
  const { code, output } = await runTests({ 'a.test.ts': `${hook}${PASSES}` });
  assert.equal(code, 1, output);
  assert.match(output, /failed: a\.test\.ts\n(.*\n)*? +Error: the wire differs/);
});

test('a test that passes when repeated alone is listed as flaky with its output', async () => {
  const { code, output, listed } = await runTests({ 'a.test.ts': flaky('one') });
  assert.equal(code, 0, output);
  assert.match(
    output,
    /flaky: failed, then passed alone: a\.test\.ts > fails once\n(.*\n)*? +Error: too slow/,
  );
  assert.match(output, /^2 passed, 0 failed, 0 skipped$/m);
  assert.equal(listed, 'npm test -- a.test.ts   # fails once\n');
});

test('a run with three flaky tests fails', async () => {
  const files = { 'a.test.ts': flaky('a'), 'b.test.ts': flaky('b'), 'c.test.ts': flaky('c') };
  const { code, output } = await runTests(files);
  assert.equal(code, 1);
  assert.match(output, /3 tests were flaky; the limit is 2/);
});

test('every result of a file is counted, also when it ends with much output', async () => {
  const many = `${HEAD}for (let i = 0; i < 110; i++) test('x'.repeat(i), (t) => t.diagnostic('y'.repeat(200)));\n`;
  const files = Array.from({ length: 6 }, (_, i) => [`${i}.test.ts`, many]);
  const { output } = await runTests(Object.fromEntries(files));
  assert.match(output, /^660 passed, 0 failed, 0 skipped$/m);
});

test('a process that hangs after its last result is ended, and its results count', async () => {
  const hangs = `${PASSES}process.on('exit', () => { for (;;); });\n`;
  const { code, output } = await runTests({ 'a.test.ts': hangs });
  assert.equal(code, 0, output);
  assert.match(output, /^1 passed, 0 failed, 1 skipped$/m);
});

test('a file that keeps its process open fails with a hint', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'open.test.ts');
  await writeFile(file, `${PASSES}setInterval(() => undefined, 1000);\n`);
  // In a process of its own, since a test cannot run tests.
  const program = join(folder.path, 'run.mjs');
  await writeFile(
    program,
    `import { runFiles } from ${JSON.stringify(new URL('run-files.ts', import.meta.url))};
    const report = (result) => console.log(JSON.stringify(result));
    await runFiles([${JSON.stringify(file)}], { concurrency: 1, silenceMs: 2_000, report });`,
  );
  const env = { PATH: process.env.PATH };
  const { stdout } = await promisify(execFile)(process.execPath, [program], { env });
  const { passed, failures } = JSON.parse(stdout);
  assert.equal(passed, 1);
  assert.match(failures[0].output, /no result for 2000 ms/);
});
