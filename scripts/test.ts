import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

/**
 * `npm test`: every test, those beside the code first, those of the whole system after them, two files
 * side by side; then, one after another, `*.alone.test.ts`, which measure time or fill the machine.
 * `npm test -- hub stream` runs the files whose path holds one of the words.
 */
const words = process.argv.slice(2);
const exclude = (path: string) => path.endsWith('node_modules');
const wanted = (path: string) => words.length === 0 || words.some((word) => path.includes(word));
const found = globSync('**/*.test.ts', { exclude }).sort().filter(wanted);
const isWhole = (path: string) => path.startsWith('tests/');
const isAlone = (path: string) => path.endsWith('.alone.test.ts');
const together = found.filter((path) => !isAlone(path));

if (found.length === 0) {
  process.stderr.write('no test has such a path\n');
  process.exit(1);
}
const statuses = [
  run([...together.filter((path) => !isWhole(path)), ...together.filter(isWhole)], 2),
  run(found.filter(isAlone), 1),
];
process.exit(statuses.find((status) => status !== 0) ?? 0);

/** Runs that many of the files at a time, and answers with the exit code. */
function run(files: string[], concurrency: number): number {
  if (files.length === 0) return 0;
  const flags = [
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${concurrency}`,
    '--test-force-exit',
    '--test-timeout=300000',
  ];
  const env = { ...process.env, NODE_ENV: 'test' };
  return spawnSync(process.execPath, [...flags, ...files], { stdio: 'inherit', env }).status ?? 1;
}
