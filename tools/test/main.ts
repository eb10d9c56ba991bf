import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { type Failure, type FileResult, runFiles } from './run-files.ts';
import { FLAKY_LIMIT, renderCommand, renderFile, renderSummary } from './summary.ts';
import { findTestFiles, type Selection } from './test-files.ts';

const USAGE = `npm test [-- WORD ...]        the tests of every change
npm run test:rest             those that npm test skips: *.long.test.ts, *.alone.test.ts
npm run test:all              both
With words, all files whose path contains one of them.
REQUIRE_ALL=1                 a test fails when a program that it needs is not installed
FLAKY_LIST=FILE               the names of flaky tests are added to this file
`;
const SELECTIONS: Record<string, Selection> = { '--rest': 'rest', '--all': 'all' };
/** More failures than this are not chance, so that none is repeated. */
const REPEATED_MAX = 10;
/** One more than the processors, because many tests wait. */
const CONCURRENCY = availableParallelism() + 1;

// Ends with `exit`, whose handlers end the started servers.
for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const])
  process.once(signal, () => process.exit(code));
process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const [first = '', ...others] = args;
  const selection = SELECTIONS[first] ?? 'test';
  const words = first in SELECTIONS ? others : args;
  const option = words.find((word) => word.startsWith('-'));
  if (option !== undefined) return usage(option);
  const { sideBySide, alone } = findTestFiles(selection, words);
  if (sideBySide.length + alone.length === 0) {
    process.stderr.write('no path of a test file contains these words\n');
    return 2;
  }
  process.env.NODE_ENV = 'test';
  // Chosen files start the servers that they need themselves.
  if (words.length > 0) return runAll(sideBySide, alone);
  const { startSharedServers } = await import('./shared-servers.ts');
  await using _servers = await startSharedServers();
  return await runAll(sideBySide, alone);
}

function usage(option: string): number {
  const isHelp = option === '--help' || option === '-h';
  if (isHelp) process.stdout.write(USAGE);
  else process.stderr.write(`unknown option ${option}\n${USAGE}`);
  return isHelp ? 0 : 2;
}

async function runAll(sideBySide: string[], alone: string[]): Promise<number> {
  const began = Date.now();
  const results: FileResult[] = [];
  const report = (result: FileResult) => {
    results.push(result);
    process.stdout.write(`${renderFile(result)}\n`);
  };
  await runFiles(sideBySide, { concurrency: CONCURRENCY, report });
  await runFiles(alone, { concurrency: 1, report });
  const failures = results.flatMap((result) => result.failures);
  const { failed, flaky } = await repeat(failures);
  const flakyCount = noteFlaky(flaky);
  const ms = Date.now() - began;
  process.stdout.write(`${renderSummary({ results, failed, flaky, ms })}\n`);
  if (flakyCount <= FLAKY_LIMIT) return failed.length === 0 ? 0 : 1;
  process.stdout.write(`${flakyCount} tests were flaky; the limit is ${FLAKY_LIMIT}\n`);
  return 1;
}

/**
 * Repeats the files of failed tests, one after the other, with nothing else running. A test may need
 * those before it, so the whole file counts.
 */
async function repeat(failures: Failure[]): Promise<{ failed: Failure[]; flaky: Failure[] }> {
  if (failures.length > REPEATED_MAX) return { failed: failures, flaky: [] };
  const passed = new Set<string>();
  for (const file of new Set(failures.map((failure) => failure.file))) {
    process.stdout.write(`repeating ${renderCommand({ file })}\n`);
    const report = (again: FileResult) => {
      if (again.failures.length === 0 && again.passed > 0) passed.add(file);
    };
    await runFiles([file], { concurrency: 1, report });
  }
  return {
    failed: failures.filter(({ file }) => !passed.has(file)),
    flaky: failures.filter(({ file }) => passed.has(file)),
  };
}

/**
 * Adds the flaky tests to the list that all commands of a run share; returns the length of the
 * list.
 */
function noteFlaky(flaky: Failure[]): number {
  const list = process.env.FLAKY_LIST;
  if (!list) return flaky.length;
  for (const failure of flaky) appendFileSync(list, `${renderCommand(failure)}\n`);
  return existsSync(list) ? readFileSync(list, 'utf8').split('\n').length - 1 : 0;
}
