import { tmpdir } from 'node:os';
import { HELP, parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';
import type { BrokerKind } from './system/broker.ts';
import type { Auth } from './system/credentials.ts';

/** What the command line asks for. */
export interface BenchOptions {
  scenarios: string[];
  /** Small counts, to check that everything works. Targets are not judged. */
  quick: boolean;
  /** True: a target that is not met fails the run. */
  strict: boolean;
  /** Number of runs of each side in fanout, many and peers. */
  repeats: number;
  /** Parent of the data folders. The benchmark measures the disk of this folder. */
  dir: string;
  jsonFile: string | undefined;
  /** Whether Parley requires a token with every request. */
  auth: Auth;
  /** The broker between services that run as separate processes. */
  broker: BrokerKind;
  help: boolean;
}

/** What `npm run bench -- --help` prints. */
export function usage(scenarios: readonly string[]): string {
  return [
    'npm run bench -- [scenario ...] [options]',
    '',
    `scenarios: ${scenarios.join(', ')}; without a name, all`,
    '  --quick         small counts, no targets judged',
    '  --strict        a target that is not met gives exit code 1, too',
    '  --repeats N     runs of each side in fanout, many and peers (2)',
    '  --dir FOLDER    folder for the data during the run (the system folder for temporary files)',
    '  --auth required Parley requires a token, and every request carries one (open)',
    '  --broker mosquitto  Mosquitto between services that run as separate processes (parley)',
    '  --json FILE     write the figures to a file, too',
    '',
    'PEER_CENTRIFUGO=/path/to/centrifugo in the environment: peers measures Centrifugo 6, too.',
    'REQUIRE_ALL=1 in the environment: exit code 1 when nchan is missing or a scenario is skipped.',
  ].join('\n');
}

/** Parses the arguments. @throws UsageError that names the wrong argument */
export function parseBenchArgs(args: string[], known: readonly string[]): BenchOptions {
  const { values, positionals } = parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      help: HELP,
      repeats: { type: 'string', default: '2' },
      dir: { type: 'string', default: tmpdir() },
      auth: { type: 'string', default: 'open' },
      broker: { type: 'string', default: 'parley' },
      json: { type: 'string' },
    },
  });
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`There is no scenario "${unknown}"; there are: ${known.join(', ')}.`);
  }
  const repeats = Number(values.repeats);
  if (!Number.isInteger(repeats) || repeats < 1 || repeats > 100) {
    throw new UsageError('--repeats takes a whole number from 1 to 100.');
  }
  const { quick, strict, help, dir, json, auth, broker } = values;
  if (auth !== 'open' && auth !== 'required')
    throw new UsageError('--auth takes open or required.');
  if (broker !== 'parley' && broker !== 'mosquitto') {
    throw new UsageError('--broker takes parley or mosquitto.');
  }
  const scenarios = known.filter((name) => positionals.length === 0 || positionals.includes(name));
  return { scenarios, quick, strict, help, repeats, dir, auth, broker, jsonFile: json };
}
