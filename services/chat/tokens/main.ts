import { runOnce } from '@parley/kit/run.ts';
import { loadSettings } from '@parley/kit/settings.ts';
import { chatSettings, dataDir } from '../settings.ts';
import { parseTokenOptions, USAGE } from './options.ts';
import { ownTokenKeyFile, readTokenKey } from './token-key.ts';

const { tokenKeyFile } = chatSettings;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

await runOnce(async () => {
  const { claims, lifeSeconds, help } = parseTokenOptions(process.argv.slice(2));
  if (help) return say(USAGE);
  const config = loadSettings<{ tokenKeyFile: string; dataDir: string }>(
    { tokenKeyFile, dataDir },
    process.env,
  );
  const key = readTokenKey(config.tokenKeyFile || ownTokenKeyFile(config.dataDir));
  say(key.sign(claims, lifeSeconds));
});
