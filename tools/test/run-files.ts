import { resolve } from 'node:path';
import { run } from 'node:test';

/** A failed test, or a whole file that failed outside any test. */
export interface Failure {
  file: string;
  /** The name of the test at the file's top level; undefined for the whole file. */
  test: string | undefined;
  /** The error's stack and what the file wrote. */
  output: string;
}

/** The result of a file's tests. */
export interface FileResult {
  file: string;
  ms: number;
  passed: number;
  skipped: number;
  /** The reasons of skipped tests, each once. */
  skipReasons: string[];
  failures: Failure[];
}

export interface RunOptions {
  /** How many files run at the same time. */
  concurrency: number;
  /** How long a file may go on without a result; then it fails. */
  silenceMs?: number;
  /** Called with each file's result as soon as the file ends. */
  report(result: FileResult): void;
}

/** The limit for one test, long enough for a slow machine. */
const TEST_LIMIT_MS = 300_000;
/** Longer than any test, and than what a file does before its first and after its last test. */
const SILENCE_LIMIT_MS = TEST_LIMIT_MS + 60_000;
/**
 * How long a process may take to end after its last result. Node 26.10 was seen to loop without an end
 * in `FreeEnvironment`.
 */
const EXIT_LIMIT_MS = 5_000;
/** Characters of a file's output that are kept, from its end. */
const KEPT_CHARACTERS = 20_000;

/** Runs test files in the order of the list, each in its own process. */
export async function runFiles(
  files: string[],
  { concurrency, silenceMs = SILENCE_LIMIT_MS, report }: RunOptions,
): Promise<void> {
  const waiting = files.values();
  const work = async () => {
    for (const file of waiting) report(await runFile(file, silenceMs));
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

/**
 * Runs one file. Each file has its own run, because an event names the file that made a test, which
 * may be a shared file. The process ends by itself: with `forceExit` it ends before all its results
 * are read.
 */
async function runFile(file: string, silenceMs: number): Promise<FileResult> {
  const open = new OpenFile(file);
  const stop = new AbortController();
  const silence = setTimeout(() => {
    open.write(`no result for ${silenceMs} ms; does something keep the process from its end?\n`);
    stop.abort();
  }, silenceMs);
  let exit: NodeJS.Timeout | undefined;
  const events = run({
    files: [file],
    signal: stop.signal,
    timeout: TEST_LIMIT_MS,
  });
  for await (const { type, data } of events) {
    silence.refresh();
    if (type === 'test:stdout' || type === 'test:stderr') open.write(data.message);
    else if (type === 'test:complete') open.complete(data);
    else if (type === 'test:fail') open.fail(data);
    // The summary of the file's process comes after all its results.
    else if (type === 'test:summary' && data.file !== undefined) {
      open.finish();
      exit = setTimeout(() => stop.abort(), EXIT_LIMIT_MS);
    }
  }
  clearTimeout(silence);
  clearTimeout(exit);
  return open.result();
}

interface Completed {
  name: string;
  nesting: number;
  skip?: string | boolean | undefined;
  details: { passed: boolean; duration_ms: number; type?: string | undefined; error?: Error };
}

/** Collects the reports of a file's process until the file ends. */
class OpenFile {
  readonly #file: string;
  readonly #counts = { passed: 0, skipped: 0 };
  readonly #skipReasons = new Set<string>();
  readonly #failed: { test: string | undefined; errors: string[] }[] = [];
  /** Errors of nested tests, which complete before their outer test. */
  #nested: string[] = [];
  #output = '';
  #ms = 0;
  #finished = false;

  constructor(file: string) {
    this.#file = file;
  }

  write(text: string): void {
    this.#output = (this.#output + text).slice(-KEPT_CHARACTERS);
  }

  /** All results are there; the end of the process changes nothing. */
  finish(): void {
    this.#finished = true;
  }

  /** Counts a test that ended, or the file itself, which ends last. */
  complete({ name, nesting, skip, details }: Completed): void {
    const isFile = nesting === 0 && name === this.#file;
    const { passed, error } = details;
    if (isFile) {
      this.#ms = details.duration_ms;
      // A file fails with its tests. It fails without one when it cannot be loaded or its process
      // dies.
      if (!passed && !this.#finished && this.#failed.length === 0)
        this.#failed.push({ test: undefined, errors: [describe(error)] });
    } else if (!passed) this.#fail(name, nesting, error);
    else if (skip !== undefined) this.#skip(skip);
    else if (details.type !== 'suite') this.#counts.passed += 1;
  }

  /** Counts a failed hook of the file, which no completed test reports. */
  fail({ name, nesting, details }: Pick<Completed, 'name' | 'nesting' | 'details'>): void {
    const { error } = details;
    const isHook = nesting === 0 && name === resolve(this.#file) && isHookFailure(error);
    if (isHook) this.#failed.push({ test: undefined, errors: [describe(error)] });
  }

  #fail(name: string, nesting: number, error: Error | undefined): void {
    this.#nested.push(`${name}\n${describe(error)}`);
    if (nesting > 0) return;
    this.#failed.push({ test: name, errors: this.#nested });
    this.#nested = [];
  }

  #skip(skip: string | boolean): void {
    this.#counts.skipped += 1;
    if (typeof skip === 'string' && skip) this.#skipReasons.add(skip);
  }

  result(): FileResult {
    const failures = this.#failed.map(({ test, errors }) => ({
      file: this.#file,
      test,
      output: [...errors, this.#output].join('\n'),
    }));
    const skipReasons = [...this.#skipReasons];
    return { file: this.#file, ms: this.#ms, ...this.#counts, skipReasons, failures };
  }
}

function isHookFailure(error: Error | undefined): boolean {
  return (error as { failureType?: string } | undefined)?.failureType === 'hookFailed';
}

/** The stack of the original error, which the test runner wraps in its own. */
function describe(error: Error | undefined): string {
  const thrown = error?.cause ?? error;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
