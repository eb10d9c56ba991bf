import { HELP, parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';

const STORES = ['sqlite', 'postgres', 'mariadb'] as const;
const BROKERS = ['parley', 'mosquitto', 'nats', 'rabbitmq'] as const;
const BREAKAGES = ['repair'] as const;

/** What the command line asks for. */
export interface FaultOptions {
  minutes: number;
  /** Posts a second, over all chats. */
  rate: number;
  readers: number;
  /** Decides the order and the length of the faults. The effects still depend on the machine. */
  seed: number;
  store: (typeof STORES)[number];
  broker: (typeof BROKERS)[number];
  /** A mechanism to break on purpose, to check that the run then fails. */
  broken: (typeof BREAKAGES)[number] | undefined;
  help: boolean;
}

/** What `npm run faults -- --help` prints. */
export const USAGE = [
  'npm run faults -- [options]',
  '',
  '  --minutes N     minutes in which processes are killed, frozen, restarted and cut off (3)',
  '  --rate N        posts a second (100)',
  '  --readers N     readers (20)',
  '  --seed N        repeats the faults of a run that printed it',
  `  --store KIND    ${STORES.join(', ')} (postgres)`,
  `  --broker KIND   ${BROKERS.join(', ')} (parley)`,
  `  --broken WHAT   ${BREAKAGES.join(', ')}: breaks this on purpose; the run must then fail`,
  '',
  'Exit code: 0 the promise was kept, 1 the promise was broken, 2 the run was not possible.',
].join('\n');

/** Parses the arguments. @throws UsageError that names the wrong argument */
export function parseFaultOptions(args: string[]): FaultOptions {
  const { values } = parseCommandLine({
    args,
    options: {
      minutes: { type: 'string', default: '3' },
      rate: { type: 'string', default: '100' },
      readers: { type: 'string', default: '20' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
      store: { type: 'string', default: 'postgres' },
      broker: { type: 'string', default: 'parley' },
      broken: { type: 'string' },
      help: HELP,
    },
  });
  const { minutes, rate, readers, seed, store, broker, broken, help } = values;
  return {
    minutes: positive('minutes', minutes),
    rate: positive('rate', rate),
    readers: Math.ceil(positive('readers', readers)),
    seed: wholeNumber('seed', seed),
    store: oneOf('store', STORES, store),
    broker: oneOf('broker', BROKERS, broker),
    broken: broken === undefined ? undefined : oneOf('broken', BREAKAGES, broken),
    help,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new UsageError(`--${name} takes a number above 0.`);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new UsageError(`--${name} takes a whole number.`);
}

function oneOf<T extends string>(name: string, known: readonly T[], text: string): T {
  const found = known.find((one) => one === text);
  if (found) return found;
  throw new UsageError(`--${name} takes ${known.join(' or ')}.`);
}
