import type { Failure, FileResult } from './run-files.ts';

/** The result of a whole run. */
export interface Outcome {
  results: FileResult[];
  /** Tests that failed, and whose file failed again when repeated alone. */
  failed: Failure[];
  /** Tests that failed, and whose file passed when repeated alone. */
  flaky: Failure[];
  ms: number;
}

/** Most flaky tests in a run, over all its commands; with one more the run fails. */
export const FLAKY_LIMIT = 2;
const SLOWEST = 10;

/** One line for a file: the mark, its time, its path, its counts. */
export function renderFile({ file, ms, passed, skipped, failures }: FileResult): string {
  const mark = failures.length > 0 ? '✖' : '✔';
  const counts = [`${passed} passed`];
  if (failures.length > 0) counts.push(`${failures.length} failed`);
  if (skipped > 0) counts.push(`${skipped} skipped`);
  return `${mark} ${seconds(ms).padStart(7)}  ${file} (${counts.join(', ')})`;
}

/**
 * The last lines of a run: the slowest files, the skipped tests with their reasons, flaky tests and
 * failures with their output and the command that repeats them, and the counts on a line of their
 * own.
 */
export function renderSummary({ results, failed, flaky, ms }: Outcome): string {
  return [
    section('slowest files', slowest(results)),
    section('skipped', skips(results)),
    ...flaky.map((failure) => renderFailure('flaky: failed, then passed alone', failure)),
    ...failed.map((failure) => renderFailure('failed', failure)),
    section('flaky', flaky.map(renderCommand)),
    section('failed', failed.map(renderCommand)),
    `${results.length} files in ${seconds(ms)}`,
    renderCounts(results, failed),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function renderCounts(results: FileResult[], failed: Failure[]): string {
  const sum = (of: (result: FileResult) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  const recovered = sum(({ failures }) => failures.length) - failed.length;
  const passed = sum((result) => result.passed) + recovered;
  return `${passed} passed, ${failed.length} failed, ${sum(({ skipped }) => skipped)} skipped`;
}

function slowest(results: FileResult[]): string[] {
  return results
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, SLOWEST)
    .map(({ file, ms }) => `${seconds(ms).padStart(7)}  ${file}`);
}

function skips(results: FileResult[]): string[] {
  return results
    .filter(({ skipReasons }) => skipReasons.length > 0)
    .map(({ file, skipped, skipReasons }) => `${file}: ${skipped}, ${skipReasons.join('; ')}`);
}

function section(title: string, lines: string[]): string {
  return lines.length === 0 ? '' : `\n${title}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

function renderFailure(title: string, { file, test, output }: Failure): string {
  return `\n${title}: ${file}${test === undefined ? '' : ` > ${test}`}\n${indent(output.trimEnd())}`;
}

/** The command that repeats a failure's file, with the test's name. */
export function renderCommand({ file, test }: Pick<Failure, 'file'> & Partial<Failure>): string {
  return `npm test -- ${file}${test === undefined ? '' : `   # ${test}`}`;
}

const indent = (text: string) => text.replaceAll(/^/gm, '    ');
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
