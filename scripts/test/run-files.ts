import { run } from 'node:test';

/** A test that failed, or its whole file where it failed outside any test. */
export interface Failure {
  file: string;
  /** The name of the test at the file's top level; undefined for the whole file. */
  test: string | undefined;
  /** The error's stack and what the file wrote. */
  output: string;
}

/** What a file's tests came to. */
export interface FileResult {
  file: string;
  ms: number;
  passed: number;
  skipped: number;
  /** Why tests were skipped, each reason once. */
  skipReasons: string[];
  failures: Failure[];
}

export interface RunOptions {
  /** How many files run at once. */
  concurrency: number;
  /** Runs the tests of these names alone. */
  names?: string[];
  /** Is given each file's result as soon as the file ends. */
  report(result: FileResult): void;
}

/** A test may take this long on a slow machine. */
const TEST_LIMIT_MS = 300_000;
/** What is kept of a file's output, from its end. */
const KEPT_CHARACTERS = 20_000;

/** Runs files of tests, each in a process of its own, in the order of the list. */
export async function runFiles(
  files: string[],
  { concurrency, names, report }: RunOptions,
): Promise<void> {
  const waiting = files.values();
  const work = async () => {
    for (const file of waiting) report(await runFile(file, names));
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}

/** A run of its own for each file: an event names the file that made a test, which may be a shared one. */
async function runFile(file: string, names?: string[]): Promise<FileResult> {
  const open = new OpenFile(file);
  const events = run({
    files: [file],
    forceExit: true,
    timeout: TEST_LIMIT_MS,
    ...(names && { testNamePatterns: names.map((name) => new RegExp(`^${RegExp.escape(name)}$`)) }),
  });
  for await (const { type, data } of events) {
    if (type === 'test:stdout' || type === 'test:stderr') open.write(data.message);
    else if (type === 'test:complete') open.complete(data);
  }
  return open.result();
}

interface Completed {
  name: string;
  nesting: number;
  skip?: string | boolean | undefined;
  details: { passed: boolean; duration_ms: number; type?: string | undefined; error?: Error };
}

/** Gathers what a file's process reports until the file ends. */
class OpenFile {
  readonly #file: string;
  readonly #counts = { passed: 0, skipped: 0 };
  readonly #skipReasons = new Set<string>();
  readonly #failed: { test: string | undefined; errors: string[] }[] = [];
  /** Errors of nested tests, which complete before the test that holds them. */
  #nested: string[] = [];
  #output = '';
  #ms = 0;

  constructor(file: string) {
    this.#file = file;
  }

  write(text: string): void {
    this.#output = (this.#output + text).slice(-KEPT_CHARACTERS);
  }

  /** Counts a test that ended, or the file itself, which ends last. */
  complete({ name, nesting, skip, details }: Completed): void {
    const isFile = nesting === 0 && name === this.#file;
    const { passed, error } = details;
    if (isFile) {
      this.#ms = details.duration_ms;
      // A file fails with its tests, and by itself where it cannot be loaded or its process dies.
      if (!passed && this.#failed.length === 0)
        this.#failed.push({ test: undefined, errors: [describe(error)] });
    } else if (!passed) this.#fail(name, nesting, error);
    else if (skip !== undefined) this.#skip(skip);
    else if (details.type !== 'suite') this.#counts.passed += 1;
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

/** The stack of what was thrown, which the test runner wraps in an error of its own. */
function describe(error: Error | undefined): string {
  const thrown = error?.cause ?? error;
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
