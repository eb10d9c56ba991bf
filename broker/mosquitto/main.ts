import { runOnce } from '@parley/kit/run.ts';
import { loadSettings } from '@parley/kit/settings/settings.ts';
import { authSettings } from '@parley/kit/tokens/auth-settings.ts';
import { brokerSettings } from '../settings.ts';
import { parseMosquittoOptions, USAGE } from './options.ts';
import { writeMosquittoFiles } from './write-files.ts';

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

await runOnce(async () => {
  const options = parseMosquittoOptions(process.argv.slice(2));
  if (options.help) return print(USAGE);
  const { auth, ...config } = loadSettings(
    { ...brokerSettings, auth: authSettings.auth },
    process.env,
  );
  const guests = options.guests && auth === 'open';
  const file = await writeMosquittoFiles(config, { ...options, guests });
  print(`Wrote ${file}, and acl and passwd beside it. Start Mosquitto: mosquitto -c ${file}`);
});
