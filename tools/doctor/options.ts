import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { HELP, parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';
import type { Visit } from './verdict.ts';

const DEFAULT_IDLE_SECONDS = 70;

/** What `npm run doctor -- --help` prints. */
export const USAGE = [
  howToRun('doctor', 'https://my.host [options]'),
  '',
  'Checks a deployment from outside, through any proxy in front of it: certificate, HTTP',
  'version, closed paths, CORS, cookies, sign-in provider, page policy, limits, mail, buffering,',
  'compression, resume, WebSocket, clock, idle streams.',
  'Says what is wrong and how to fix it. Posts a few messages to a channel of its own.',
  '',
  '  --channel NAME   where it posts (doctor-<random>)',
  `  --idle SECONDS   how long an idle stream has to stay open (${DEFAULT_IDLE_SECONDS})`,
  '  --ca FILE        PEM file of your own certificate authority',
  '  --insecure       accept any authority',
  '  --smtp FILE      the address of the SMTP server (SMTP_URL), which is then asked, too',
  '  --token TOKEN    for AUTH=required: may publish and subscribe NAME, and subscribe NAME-idle; it',
  '                   is sent only to a server with a trusted certificate, or with --insecure',
  '',
  'Exit code: 0 nothing wrong, 1 something is wrong or no server answers, 2 wrong options.',
].join('\n');

/** Reads the arguments; undefined for `--help`. @throws UsageError */
export function parseDoctorOptions(args: string[]): Visit | undefined {
  const { values, positionals } = parse(args);
  if (values.help) return undefined;
  const [address, ...rest] = positionals;
  if (address === undefined || rest.length > 0 || !/^https?:\/\//.test(address)) {
    throw new UsageError(`name one address, such as https://my.host\n\n${USAGE}`);
  }
  if (!URL.canParse(address)) throw new UsageError(`${address} is not an address`);
  const idleSeconds = Number(values.idle);
  if (!(idleSeconds > 0)) throw new UsageError('--idle takes a number of seconds');
  return {
    url: new URL(address),
    channel: values.channel ?? `doctor-${randomBytes(4).toString('hex')}`,
    idleSeconds,
    insecure: values.insecure,
    ca: values.ca === undefined ? undefined : read('--ca', values.ca),
    smtp: values.smtp === undefined ? undefined : smtpUrlIn(values.smtp),
    token: values.token,
  };
}

function parse(args: string[]) {
  return parseCommandLine({
    args,
    allowPositionals: true,
    options: {
      channel: { type: 'string' },
      idle: { type: 'string', default: String(DEFAULT_IDLE_SECONDS) },
      ca: { type: 'string' },
      smtp: { type: 'string' },
      token: { type: 'string' },
      insecure: { type: 'boolean', default: false },
      help: HELP,
    },
  });
}

function smtpUrlIn(file: string): string {
  const url = read('--smtp', file).trim();
  if (/^smtps?:\/\/[^/]/.test(url) && URL.canParse(url)) return url;
  throw new UsageError(`--smtp: ${file} has no address such as smtps://user:password@host:465`);
}

function read(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${option}: cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`,
    );
  }
}
