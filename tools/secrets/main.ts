import { HELP, parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';
import { runOnce } from '@parley/kit/run.ts';
import { SECRETS, type SecretName } from './secret-files.ts';
import type { ServerHosts } from './server-hosts.ts';
import { writeSecrets } from './write-secrets.ts';

const FOLDER = process.env.SECRETS_DIR || 'secrets';
const NAMES = Object.keys(SECRETS) as SecretName[];
const USAGE = [
  howToRun('secrets', '[name …] [--host NAME …] [--broker-host NAME …] [--store-host NAME …]'),
  '',
  'Makes every missing key, certificate and password in secrets/ (SECRETS_DIR), and replaces',
  `those that are named: ${NAMES.join(', ')}.`,
  '',
  'Names and addresses for a new certificate of a server (without: those of its old certificate):',
  '  --host NAME         of the front door (localhost)',
  '  --broker-host NAME  of the broker (broker, as in docker-compose.yml); the first is in a new mqtt_url',
  '  --store-host NAME   of PostgreSQL; the first is in a new store_url (store-tls is made only if asked for)',
].join('\n');
const NAMED = { type: 'string', multiple: true, default: [] as string[] } as const;

await runOnce(async () => {
  const { help, ...wish } = parse(process.argv.slice(2));
  if (help) return say(USAGE);
  const written = await writeSecrets(FOLDER, wish);
  say(written.length === 0 ? `${FOLDER}/ has everything` : `${FOLDER}/: ${written.join(', ')}`);
});

function parse(args: string[]) {
  const { values, positionals } = parseCommandLine({
    args,
    allowPositionals: true,
    options: { host: NAMED, 'broker-host': NAMED, 'store-host': NAMED, help: HELP },
  });
  const unknown = positionals.find((name) => !NAMES.includes(name as SecretName));
  if (unknown !== undefined) {
    throw new UsageError(
      `there is no secret ${unknown}; ${howToRun('secrets', '--help')} lists them`,
    );
  }
  const hosts = {
    ...named('edge', values.host),
    ...named('broker', values['broker-host']),
    ...named('store-tls', values['store-host']),
  };
  return { renew: positionals as SecretName[], help: values.help, hosts };
}

function named(server: keyof ServerHosts, [first, ...others]: string[]): ServerHosts {
  return first === undefined ? {} : { [server]: [first, ...others] };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
