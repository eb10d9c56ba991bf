import { parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';

/** What `npm run account -- --help` prints. */
export const USAGE = [
  howToRun('account', 'COMMAND'),
  '',
  'Works on the accounts in STORE_URL, or else in DATA_DIR, whether or not Parley runs.',
  '',
  '  list                     every account',
  '  add NAME EMAIL           makes an account',
  '  password NAME            sets a new password, and signs out everywhere',
  '  admin NAME               makes an administrator',
  '  member NAME              takes the rights of an administrator away, and signs out everywhere',
  '  sign-out NAME            ends every session',
  '  suspend NAME             ends every session, and refuses to sign in',
  '  restore NAME             ends a suspension',
  '  remove NAME              removes the account, and signs out everywhere',
  '',
  'A password is read from standard input when something is piped in; otherwise it is made up and',
  'printed. NAME may be the e-mail address.',
  `  echo "$PASSWORD" | ${howToRun('account', 'add', '…')}`,
].join('\n');

const ARGUMENTS = {
  list: 0,
  add: 2,
  password: 1,
  admin: 1,
  member: 1,
  'sign-out': 1,
  suspend: 1,
  restore: 1,
  remove: 1,
} as const;

/** A command of `npm run account`. */
export type Command = keyof typeof ARGUMENTS;

/** What the command line asks for; undefined: help. */
export type AccountOptions = { command: Command; name: string; email: string } | undefined;

/** Reads the arguments. @throws UsageError that says what is wrong with them */
export function parseAccountOptions(args: string[]): AccountOptions {
  const { values, positionals } = parseCommandLine({
    args,
    options: { help: { type: 'boolean', short: 'h', default: false } },
    allowPositionals: true,
  });
  const [command = '', ...rest] = positionals;
  if (values.help || command === '') return undefined;
  if (!isCommand(command)) throw new UsageError(`there is no command ${command}:\n\n${USAGE}`);
  if (rest.length !== ARGUMENTS[command]) {
    throw new UsageError(`${command} takes ${ARGUMENTS[command]} argument(s); see --help`);
  }
  const [name = '', email = ''] = rest;
  return { command, name, email };
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(ARGUMENTS, text);
}
