import { UsageError, wantsHelp } from './commands/command-line.ts';
import type { Log } from './log/log.ts';
import { PlainError } from './plain-error.ts';
import { collectStartGarbage } from './start-garbage.ts';

/** The service cannot start, for a reason that its user can fix. */
export class StartError extends PlainError {
  override name = 'StartError';
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/**
 * Signals within this time of the first are the same request to stop: npm passes on the SIGINT that
 * a terminal sends to both, and systemd sends SIGTERM to a whole group.
 */
const ONE_WISH_MS = 1_000;

/** Longest time for an orderly stop. After it something hangs, and the process exits with 1. */
const STOP_LIMIT_MS = 30_000;

/** A running service: its log, and what stops it in order. */
export interface Running {
  log: Log;
  stop: AsyncDisposable;
}

/**
 * Runs a service as this process. Starts it, and stops it in order on SIGTERM, SIGINT or SIGHUP,
 * also when the signal comes during the start. The exit code is 0 after an orderly stop and 1
 * otherwise. A second signal, at least a second after the first, ends the process at once. An error
 * that the user can fix is one line on standard error. The only argument is `--help`.
 */
export async function run(
  start: () => Promise<Running>,
  { args, usage }: { args: string[]; usage: string },
): Promise<void> {
  if (endsWithUsage(args, usage)) return;
  const signalled = stopSignal();
  let running: Running;
  try {
    running = await start();
  } catch (error) {
    reportFault('parley cannot start', error);
    process.exit(1);
  }
  const { log, stop } = running;
  const die = (error: unknown) => {
    log.fatal({ err: error }, 'stopped by a fault');
    process.exit(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
  collectStartGarbage();
  const signal = await signalled;
  log.info({ signal }, 'stopping');
  setTimeout(() => die(new Error(`not stopped within ${STOP_LIMIT_MS} ms`)), STOP_LIMIT_MS).unref();
  await stop[Symbol.asyncDispose]();
  log.info('stopped');
  process.exit(0);
}

/** Prints the help, or what is wrong with the arguments; true when there were any arguments. */
function endsWithUsage(args: string[], usage: string): boolean {
  try {
    if (!wantsHelp(args)) return false;
    process.stdout.write(`${usage}\n`);
  } catch (error) {
    reportFault('parley', error);
    process.exitCode = exitCodeOf(error);
  }
  return true;
}

/**
 * Runs a program that ends by itself. The exit code is 0 when it did its work, 2 for wrong
 * arguments and 1 otherwise.
 */
export async function runOnce(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    reportFault('parley', error);
    process.exitCode = exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? 2 : 1;
}

/** Writes what failed to standard error: one line for an error that the user can fix. */
export function reportFault(prefix: string, error: unknown): void {
  const text =
    error instanceof PlainError
      ? error.message
      : error instanceof Error
        ? error.stack
        : String(error);
  process.stderr.write(`${prefix}: ${text}\n`);
}

/** Resolves with the first signal to stop; a later one ends the process. */
async function stopSignal(): Promise<NodeJS.Signals> {
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of STOP_SIGNALS) process.once(name, resolve);
  });
  const stoppingAt = performance.now();
  const again = () => {
    if (performance.now() - stoppingAt > ONE_WISH_MS) process.exit(1);
  };
  for (const name of STOP_SIGNALS) process.on(name, again);
  return signal;
}
