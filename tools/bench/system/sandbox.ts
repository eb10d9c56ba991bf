import { type ChildProcess, fork, spawn } from 'node:child_process';
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { tree } from './proc-stat.ts';
import { waitUntil } from './wait-until.ts';

const STOP_MS = 5000;

/** A program to start. Its output goes to `logFile`. */
export interface Program {
  command: string;
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
}

/**
 * All processes that the bench starts and all files that it makes. Disposing kills the processes
 * and removes the files. It does not wait, so it also works in a handler of the process's 'exit'.
 */
export class Sandbox implements Disposable {
  readonly dir: string;
  readonly #children = new Set<ChildProcess>();

  constructor(parentDir: string) {
    this.dir = mkdtempSync(join(resolve(parentDir), 'parley-bench-'));
    // A database runs as another user and must reach its own folder inside this one.
    chmodSync(this.dir, 0o711);
  }

  makeDir(name: string): string {
    return mkdtempSync(join(this.dir, `${name}-`));
  }

  spawn({ command, args, cwd, env, logFile }: Program): ChildProcess {
    const log = openSync(logFile, 'a');
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', log, log] });
    closeSync(log);
    return this.#own(child);
  }

  /** Starts a module of the bench with an IPC channel, which also carries NaN and Infinity. */
  fork(module: URL): ChildProcess {
    return this.#own(fork(module, { serialization: 'advanced' }));
  }

  /**
   * Ends a process: 'ask' sends SIGTERM and kills the process tree after STOP_MS, 'kill' kills it
   * at once.
   */
  async stop(child: ChildProcess, how: 'ask' | 'kill'): Promise<void> {
    if (how === 'ask') child.kill('SIGTERM');
    else killTree(child);
    if (!(await waitUntil(() => hasEnded(child), { timeoutMs: STOP_MS, everyMs: 20 })))
      killTree(child);
    this.#children.delete(child);
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) killTree(child);
    this.#children.clear();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  #own(child: ChildProcess): ChildProcess {
    this.#children.add(child);
    child.once('error', () => this.#children.delete(child));
    child.once('exit', () => this.#children.delete(child));
    return child;
  }
}

/** True when a child has ended or never started. */
export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

/** The last 15 lines of a program's log. */
export function logTail(logFile: string): string {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}

function killTree(child: ChildProcess): void {
  if (child.pid === undefined || hasEnded(child)) return;
  for (const pid of tree(child.pid)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The process has ended meanwhile.
    }
  }
}
