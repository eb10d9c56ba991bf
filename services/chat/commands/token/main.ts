import { runOnce } from '@parley/kit/run.ts';
import { loadSettings } from '@parley/kit/settings/settings.ts';
import { chatSettings, dataDir } from '../../settings.ts';
import { ownTokenKeyFile, readTokenKey } from '../../tokens/token-key.ts';
import { parseTokenOptions, USAGE } from './options.ts';

const { tokenKeyFile } = chatSettings;

const NO_RIGHT =
  'parley: this token has a name and no right: with AUTH=required it can neither post nor read; add --publish and --subscribe';

function writeLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

await runOnce(async () => {
  const { claims, lifeSeconds, help } = parseTokenOptions(process.argv.slice(2));
  if (help) return writeLine(USAGE);
  const config = loadSettings<{ tokenKeyFile: string; dataDir: string }>(
    { tokenKeyFile, dataDir },
    process.env,
  );
  const key = readTokenKey(config.tokenKeyFile || ownTokenKeyFile(config.dataDir));
  if (claims.publish.length + claims.subscribe.length === 0) process.stderr.write(`${NO_RIGHT}\n`);
  writeLine(key.sign(claims, lifeSeconds));
});
