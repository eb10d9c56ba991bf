import { parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';

/** The options of the command line. */
export interface DemoOptions {
  /** Messages of sport_event per second; execution always has 5. */
  rate: number;
  /** The same seed makes the same messages. */
  seed: number;
  /** Number of sport_event messages after which the program ends; 0: never. */
  count: number;
  help: boolean;
}

/** What `npm run feeds -- --help` prints. */
export const USAGE = [
  howToRun('feeds', '[options]'),
  '',
  'Publishes the two demo feeds, sport_event and execution, to NATS_URL as plain messages.',
  '',
  '  --rate N    messages of sport_event per second (1000); execution always has 5',
  '  --seed N    the same seed makes the same messages (1)',
  '  --count N   end after N messages of sport_event (without it, never)',
].join('\n');

/** Reads the arguments. @throws UsageError that names the wrong argument */
export function parseDemoOptions(args: string[]): DemoOptions {
  const { values } = parseCommandLine({
    args,
    options: {
      rate: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '0' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [rate, seed, count] = [values.rate, values.seed, values.count].map(Number);
  if (!(rate !== undefined && rate > 0)) throw new UsageError('--rate takes a number above 0');
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || Number(count) < 0) {
    throw new UsageError('--seed and --count take whole numbers');
  }
  return { rate, seed: Number(seed), count: Number(count), help: values.help };
}
