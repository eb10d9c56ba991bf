import { parseCommandLine, UsageError } from '@parley/kit/command-line.ts';
import { parseTime } from '../time.ts';

/** What the command line asks for. Times are microseconds since 1970 (UTC). */
export interface ReplayOptions {
  since: number;
  until: number | undefined;
  /** Those feeds; none: all. */
  feeds: string[];
  /** How many times as fast as it was published; 0: as fast as it goes. */
  speed: number;
  help: boolean;
}

/** What `npm run catalog -- replay --help` prints. */
export const USAGE = [
  'npm run catalog -- replay --from TIME [options]',
  '',
  'Prints what was stored, a line of JSON each, in the order in which it was published.',
  '',
  '  --from TIME   published then or later: 2026-11-21, or 2026-11-21T12:00:00.123456Z (UTC)',
  '  --to TIME     published before',
  '  --feed NAME   that feed alone; may be repeated',
  '  --speed N     with the pauses that were between them, N times as fast; without it, none',
].join('\n');

/** Reads the arguments. @throws UsageError that says what is wrong with them */
export function parseReplayOptions(args: string[]): ReplayOptions {
  const { values } = parseCommandLine({
    args,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      feed: { type: 'string', multiple: true, default: [] },
      speed: { type: 'string', default: '0' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { from, to, feed, help } = values;
  const speed = Number(values.speed);
  if (!(speed >= 0)) throw new UsageError('--speed takes a number above 0');
  if (from === undefined && !help) throw new UsageError('say from when: --from 2026-11-21');
  const since = from === undefined ? 0 : timeOf('--from', from);
  return {
    since,
    until: to === undefined ? undefined : timeOf('--to', to),
    feeds: feed,
    speed,
    help,
  };
}

function timeOf(option: string, text: string): number {
  const time = parseTime(text);
  if (time !== undefined) return time;
  throw new UsageError(`${option} takes a UTC time such as 2026-11-21T12:00:00Z`);
}
