import { type Claims, parseClaims } from '@parley/contract/claims.ts';
import { parseCommandLine } from '@parley/kit/command-line.ts';
import { PlainError } from '@parley/kit/plain-error.ts';

/** What the command line asks for. */
export interface TokenOptions {
  claims: Omit<Claims, 'exp'>;
  lifeSeconds: number;
  help: boolean;
}

const DAY_SECONDS = 86_400;

/** What `npm run token -- --help` prints. */
export const USAGE = [
  'npm run token -- --for NAME [options]',
  '',
  'Prints a token for a program, signed with the key in TOKEN_KEY_FILE or else in DATA_DIR, which is',
  'made where it is missing. Show it as "Authorization: Bearer …".',
  '',
  '  --for NAME            whom it names, such as build-server',
  '  --speak-as NAME       the one name under which it may speak; without it, any',
  '  --publish PATTERN     where it may speak: a channel, team.*, or ** for all; may be repeated',
  '  --subscribe PATTERN   where it may read; may be repeated',
  '  --days N              for how long it holds (30)',
].join('\n');

/** Reads the arguments. @throws PlainError that says what is wrong with them */
export function parseTokenOptions(args: string[]): TokenOptions {
  const { for: sub, 'speak-as': name, publish, subscribe, days, help } = parse(args);
  const lifeSeconds = Math.round(Number(days) * DAY_SECONDS);
  if (help) return { claims: { sub: '', publish, subscribe }, lifeSeconds, help };
  if (sub === undefined) throw new PlainError('name whom the token is for: --for build-server');
  if (!(lifeSeconds > 0)) throw new PlainError('--days takes a number above 0');
  try {
    const claims = { sub, publish, subscribe, ...(name !== undefined && { name }) };
    parseClaims({ ...claims, exp: 1 });
    return { claims, lifeSeconds, help };
  } catch {
    throw new PlainError(
      'a name has 1 to 64 characters; a pattern is lobby, team.* or **, and nothing else',
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
