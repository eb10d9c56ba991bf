import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Log } from '@parley/kit/log/log.ts';
import { pause } from '@parley/kit/repeat.ts';
import { StartError } from '@parley/kit/run.ts';

const PROGRAM = fileURLToPath(new URL('./worker.ts', import.meta.url));
/** The pause before a process is started again: it doubles with each one that ends soon. */
const PAUSE_MIN_MS = 1_000;
const PAUSE_MAX_MS = 30_000;
/** A process that ran this long did not end soon. */
const LONG_MS = 60_000;

/** What a process reports about its start. */
export type StartReport = { ready: true } | { fault: string };

/** One start of a process. */
interface Life {
  child: ChildProcess;
  startedAt: number;
  /** False when the process ended before it was ready. */
  ready: Promise<boolean>;
  ended: Promise<End>;
}

interface End {
  code: number | null;
  signal: string | null;
  /** Why the process could not start. */
  fault: string | undefined;
}

interface SupervisorOptions {
  log: Log;
  /** The environment of the process with a number, beside this process's own. */
  environment: (number: number) => Record<string, string>;
  /** Called for each process when it begins; `ready` is false when it ends before it is ready. */
  onStart: (child: ChildProcess, number: number, ready: Promise<boolean>) => void;
}

/**
 * Starts the other processes, and starts each again that ends. Disposing of it
 * stops all of them in order.
 */
export class Supervisor implements AsyncDisposable {
  readonly #options: SupervisorOptions;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Life>();
  readonly #kept: Promise<void>[] = [];

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /**
   * Starts a process for each of the numbers. Resolves when all are ready.
   * @throws StartError with the reason why one cannot start
   */
  async start(numbers: number[]): Promise<void> {
    await Promise.all(numbers.map((number) => this.#startFirstTime(number)));
  }

  /** @throws Error when a process did not stop in order */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    const running = [...this.#running];
    for (const { child } of running) child.kill('SIGTERM');
    const ends = await Promise.all(running.map(({ ended }) => ended));
    await Promise.all(this.#kept);
    if (ends.some(({ code }) => code !== 0)) throw new Error('a process did not stop in order');
  }

  async #startFirstTime(number: number): Promise<void> {
    const life = this.#begin(number);
    if (!(await life.ready)) throw new StartError(textOf(await life.ended));
    this.#kept.push(this.#keep(number, life));
  }

  /** Starts the process again each time it ends, until all are stopped. */
  async #keep(number: number, first: Life): Promise<void> {
    const { signal } = this.#stopping;
    const { log } = this.#options;
    let pauseMs = PAUSE_MIN_MS;
    for (let life = first; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
      const end = await life.ended;
      if (signal.aborted) return;
      if (performance.now() - life.startedAt > LONG_MS) pauseMs = PAUSE_MIN_MS;
      log.error(
        { process: number, cause: textOf(end), pauseMs },
        'a process ended; it starts again',
      );
      await pause(pauseMs, signal);
      if (signal.aborted) return;
      life = this.#begin(number);
      void life.ready.then((isReady) => {
        if (isReady) log.info({ process: number }, 'the process is ready again');
      });
    }
  }

  #begin(number: number): Life {
    const env = { ...process.env, ...this.#options.environment(number) };
    // JSON has no NaN, which metrics may have.
    const child = fork(PROGRAM, { env, serialization: 'advanced' });
    const ready = Promise.withResolvers<boolean>();
    this.#options.onStart(child, number, ready.promise);
    const ended = Promise.withResolvers<End>();
    const life = {
      child,
      startedAt: performance.now(),
      ready: ready.promise,
      ended: ended.promise,
    };
    this.#running.add(life);
    let fault: string | undefined;
    child.on('message', (message: Partial<{ ready: true; fault: string }>) => {
      if (message.ready) ready.resolve(true);
      fault ??= message.fault;
    });
    // A message to a process that has just ended fails; its end is seen below.
    child.on('error', () => undefined);
    child.once('exit', (code, signal) => {
      this.#running.delete(life);
      ready.resolve(false);
      ended.resolve({ code, signal, fault });
    });
    return life;
  }
}

function textOf({ code, signal, fault }: End): string {
  return fault ?? (signal ? `killed by ${signal}` : `exit code ${code}`);
}
