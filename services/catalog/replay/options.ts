import { parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';
import { parseTime } from '../time.ts';

/** The options of the command line. Times are microseconds since 1970 (UTC). */
export interface ReplayOptions {
  since: number;
  until: number | undefined;
  /** The feeds to print; an empty list means all. */
  feeds: string[];
  /** Speed relative to publishing; 0: as fast as possible. */
  speed: number;
  help: boolean;
}

/** What `npm run catalog -- replay --help` prints. */
export const USAGE = [
  howToRun('catalog', 'replay --from TIME [options]'),
  '',
  'Prints the stored records in the order of publishing, one line of JSON each.',
  '',
  '  --from TIME   only records published then or later: 2026-11-21, or 2026-11-21T12:00:00.123456Z (UTC)',
  '  --to TIME     only records published before',
  '  --feed NAME   only this feed; may be repeated',
  '  --speed N     with the original pauses, N times as fast (without it, no pauses)',
].join('\n');

/** Reads the arguments. @throws UsageError that names the wrong argument */
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
  if (from === undefined && !help)
    throw new UsageError('--from is needed, such as --from 2026-11-21');
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
