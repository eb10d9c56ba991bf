import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface AbuseOptions {
  /** Decides the abusers' random choices. The effects still depend on the machine. */
  seed: number;
  quietSeconds: number;
  abuseSeconds: number;
  /** Scenarios to run. Empty: all. */
  only: string[];
  help: boolean;
}

/** What `npm run abuse -- --help` prints. */
export const USAGE = [
  'npm run abuse -- [options] [scenario …]',
  '',
  'Starts Parley, runs one scenario of abuse after the other, and measures the effect on others.',
  '',
  '  --quick      about a minute for all scenarios, as in CI',
  '  --seed N     repeats the choices of a run that printed this seed',
  '  --help       this text',
  '',
  'Exit code: 0 others noticed nothing, 1 others noticed the abuse, 2 the run was not possible.',
].join('\n');

/** Parses the arguments. @throws Error that names the wrong argument */
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
