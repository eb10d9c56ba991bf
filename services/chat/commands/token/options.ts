import { type Claims, parseClaims } from '@parley/contract/accounts/claims.ts';
import { parseDraft } from '@parley/contract/events/message.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';

/** What the command line asks for. */
export interface TokenOptions {
  claims: Omit<Claims, 'exp'>;
  lifeSeconds: number;
  help: boolean;
}

const DAY_SECONDS = 86_400;

/** What `npm run token -- --help` prints. */
export const USAGE = [
  howToRun('token', '--for NAME [options]'),
  '',
  'Prints a token for a program, signed with the key in TOKEN_KEY_FILE or else in DATA_DIR, where it is',
  'made when missing. Send the token as "Authorization: Bearer …".',
  '',
  '  --for NAME            the program that the token names, such as build-server',
  '  --speak-as NAME       the one name under which it may post; without it, any name',
  '  --publish PATTERN     where it may post: a channel, team.*, or ** for all; may be repeated',
  '  --subscribe PATTERN   where it may read; may be repeated',
  '                        (with neither it needs --speak-as, and has a name but no right)',
  '  --days N              how many days it is valid (30)',
].join('\n');

/** Reads the arguments. @throws UsageError that says what is wrong with them */
export function parseTokenOptions(args: string[]): TokenOptions {
  const { for: sub, 'speak-as': name, publish, subscribe, days, help } = parse(args);
  const lifeSeconds = Math.round(Number(days) * DAY_SECONDS);
  if (help) return { claims: { sub: '', publish, subscribe }, lifeSeconds, help };
  if (sub === undefined)
    throw new UsageError('name the program that the token is for: --for build-server');
  if (!(lifeSeconds > 0)) throw new UsageError('--days takes a number above 0');
  if (publish.length + subscribe.length === 0 && name === undefined) {
    throw new UsageError(
      'the token would have no right: say where it may publish and subscribe, such as --publish lobby --subscribe "**"',
    );
  }
  try {
    const claims = { sub, publish, subscribe, ...(name !== undefined && { name }) };
    parseClaims({ ...claims, exp: 1 });
    if (name !== undefined) parseDraft({ username: name, message: name });
    return { claims, lifeSeconds, help };
  } catch (error) {
    throw new UsageError(
      error instanceof ChatError
        ? `--speak-as: ${error.message}`
        : 'a name has 1 to 64 characters; a pattern is lobby, team.* or **, and nothing else',
    );
  }
}

function parse(args: string[]) {
  return parseCommandLine({
    args,
    options: {
      for: { type: 'string' },
      'speak-as': { type: 'string' },
      publish: { type: 'string', multiple: true, default: [] },
      subscribe: { type: 'string', multiple: true, default: [] },
      days: { type: 'string', default: '30' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  }).values;
}
