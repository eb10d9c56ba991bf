import { tmpdir } from 'node:os';
import { HELP, parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';
import type { BrokerKind } from './system/broker.ts';
import type { Auth } from './system/house.ts';

/** What the command line asks for. */
export interface BenchOptions {
  scenarios: string[];
  /** Small counts, to see that everything works; targets are not judged. */
  quick: boolean;
  /** A target that is not met fails the run. */
  strict: boolean;
  /** How often the comparison of fanout is repeated. */
  repeats: number;
  /** Where data folders are made; its disk is the one that is measured. */
  dir: string;
  jsonFile: string | undefined;
  /** Whether Parley asks a token of every request. */
  auth: Auth;
  /** Over which broker parts speak that run apart. */
  broker: BrokerKind;
  help: boolean;
}

/** What `npm run bench -- --help` prints. */
export function usage(scenarios: readonly string[]): string {
  return [
    'npm run bench -- [scenario ...] [options]',
    '',
    `scenarios: ${scenarios.join(', ')}; all unless named`,
    '  --quick         small counts, no targets judged',
    '  --strict        exit with 1 also when a target is not met',
    '  --repeats N     runs of each side of the fanout comparison (2)',
    '  --dir FOLDER    where data is kept meanwhile (the system folder for temporary files)',
    '  --auth required a token is asked of every request, and shown (open)',
    '  --broker mosquitto  in place of ours, where the parts run apart (parley)',
    '  --json FILE     write the figures there too',
    '',
    'REQUIRE_ALL=1 in the environment: fail when nchan is not installed or a scenario is skipped.',
  ].join('\n');
}

/** Reads the arguments. @throws UsageError that says what is wrong with them */
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
