import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

/**
 * `npm test`: every test, those beside the code first, those of the whole system after them.
 * `npm test -- hub stream` runs the files whose path holds one of the words.
 */
const words = process.argv.slice(2);
const exclude = (path: string) => path.endsWith('node_modules');
const wanted = (path: string) => words.length === 0 || words.some((word) => path.includes(word));
const found = globSync('**/*.test.ts', { exclude }).sort().filter(wanted);
const isWhole = (path: string) => path.startsWith('tests/');
const files = [...found.filter((path) => !isWhole(path)), ...found.filter(isWhole)];

if (files.length === 0) {
  process.stderr.write('no test has such a path\n');
  process.exit(1);
}
const { status } = spawnSync(
  process.execPath,
  [
    '--test',
    '--test-reporter=spec',
    '--test-concurrency=1',
    '--test-force-exit',
    '--test-timeout=300000',
    ...files,
  ],
  { stdio: 'inherit', env: { ...process.env, NODE_ENV: 'test' } },
);
process.exit(status ?? 1);
