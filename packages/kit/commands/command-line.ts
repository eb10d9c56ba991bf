import { type ParseArgsConfig, parseArgs } from 'node:util';
import { PlainError } from '../plain-error.ts';
import { howToRun } from './how-to-run.ts';

/** The command line has wrong arguments; the process ends with exit code 2. */
export class UsageError extends PlainError {
  override name = 'UsageError';
}

/** The help option of every command. */
export const HELP = { type: 'boolean', short: 'h', default: false } as const;

/**
 * Reads a command's arguments as `parseArgs` of Node does.
 * @throws UsageError that names the wrong argument
 */
export function parseCommandLine<T extends ParseArgsConfig>(config: T) {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n--help lists the options.`);
  }
}

/**
 * True when a command without arguments gets `--help`.
 * @throws UsageError for any other argument
 */
export function wantsHelp(args: string[]): boolean {
  return parseCommandLine({ args, options: { help: HELP } }).values.help;
}

/** What `--help` prints for a service, which has settings and no options. */
export function partUsage(command: string, what: string): string {
  return [
    howToRun(command),
    '',
    `${what} It ends in order on SIGTERM or SIGINT.`,
    '',
    `It has no options. Settings come from the environment; ${howToRun('config')} lists them.`,
  ].join('\n');
}
