import { parseArgs } from 'node:util';
import { PlainError } from '@parley/kit/plain-error.ts';
import { runOnce } from '@parley/kit/run.ts';
import { SECRETS, type SecretName } from './secret-files.ts';
import { writeSecrets } from './write-secrets.ts';

const FOLDER = process.env.SECRETS_DIR || 'secrets';
const NAMES = Object.keys(SECRETS) as SecretName[];
const USAGE = [
  'npm run secrets -- [name …] [--host NAME …]',
  '',
  'Makes every key, certificate and password that is missing, in secrets/ (SECRETS_DIR), and makes',
  `those that are named anew: ${NAMES.join(', ')}.`,
  '',
  '  --host NAME  a name or address of the front door, for a new certificate of it (those that it has,',
  '               or localhost)',
].join('\n');

await runOnce(async () => {
  const { help, ...wish } = parse(process.argv.slice(2));
  if (help) return say(USAGE);
  const written = await writeSecrets(FOLDER, wish);
  say(written.length === 0 ? `${FOLDER}/ has everything` : `${FOLDER}/: ${written.join(', ')}`);
});

function parse(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        host: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const unknown = positionals.find((name) => !NAMES.includes(name as SecretName));
    if (unknown !== undefined) throw new Error(`there is no secret ${unknown}`);
    const [first, ...others] = values.host;
    const hosts = first === undefined ? {} : { hosts: [first, ...others] as const };
    return { renew: positionals as SecretName[], help: values.help, ...hosts };
  } catch (error) {
    throw new PlainError(
      `${(error as Error).message}; npm run secrets -- --help tells what there is`,
    );
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
