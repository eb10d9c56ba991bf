import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface AbuseOptions {
  /** Decides what the abusers choose, and not what the machine makes of it. */
  seed: number;
  quietSeconds: number;
  abuseSeconds: number;
  /** Scenarios to run; all, where none is named. */
  only: string[];
  help: boolean;
}

/** What `npm run abuse -- --help` prints. */
export const USAGE = [
  'npm run abuse -- [options] [scenario …]',
  '',
  'Starts Parley, has one client after another abuse it, and measures what others notice.',
  '',
  '  --quick      about a minute in all, as in CI',
  '  --seed N     repeats what the abusers chose in a run that printed it',
  '  --help       this text',
  '',
  'Exit code: 0 others noticed nothing, 1 they did, 2 the run was not possible.',
].join('\n');

/** Reads the arguments. @throws Error that says what is wrong with them */
export function parseAbuseOptions(args: string[]): AbuseOptions {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (!/^\d{1,10}$/.test(values.seed)) throw new Error('--seed takes a whole number');
  return {
    seed: Number(values.seed),
    quietSeconds: values.quick ? 3 : 10,
    abuseSeconds: values.quick ? 6 : 20,
    only: positionals,
    help: values.help,
  };
}
