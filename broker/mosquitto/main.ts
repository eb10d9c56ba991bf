import { runOnce } from '@parley/kit/run.ts';
import { loadSettings } from '@parley/kit/settings.ts';
import { brokerSettings } from '../settings.ts';
import { parseMosquittoOptions, USAGE } from './options.ts';
import { writeMosquittoFiles } from './write-files.ts';

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

await runOnce(async () => {
  const options = parseMosquittoOptions(process.argv.slice(2));
  if (options.help) return say(USAGE);
  const file = await writeMosquittoFiles(loadSettings(brokerSettings, process.env), options);
  say(`Made ${file}, and acl and passwd beside it. Start it: mosquitto -c ${file}`);
});
