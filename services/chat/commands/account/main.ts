import { userInfo } from 'node:os';
import { text } from 'node:stream/consumers';
import { ChatError } from '@parley/contract/problem.ts';
import { openLog } from '@parley/kit/log/log.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { runOnce } from '@parley/kit/run.ts';
import { loadSettings } from '@parley/kit/settings/settings.ts';
import { chooseStoreUrl, openStore } from '../../store/open-store.ts';
import { keepAccounts } from './keep-accounts.ts';
import { parseAccountOptions, USAGE } from './options.ts';
import { accountToolSettings } from './settings.ts';

const writeLine = (line: string) => process.stdout.write(`${line}\n`);

await runOnce(async () => {
  const options = parseAccountOptions(process.argv.slice(2));
  if (!options) return void writeLine(USAGE);
  const config = loadSettings(accountToolSettings, process.env);
  const log = await openLog(config, 'accounts');
  await using store = await openStore({ ...config, storeUrl: chooseStoreUrl(config) }, log);
  const needsPassword = options.command === 'add' || options.command === 'password';
  const keeping = {
    store: store.accounts,
    clock: Date.now,
    operator: userName(),
    givenPassword: needsPassword ? await readPassword() : undefined,
  };
  try {
    for await (const line of keepAccounts(options, keeping)) writeLine(line);
  } catch (error) {
    throw error instanceof ChatError ? new PlainError(error.message) : error;
  }
});

const NAME_MAX = 64;

/** The system's user; empty where the user has no name, as in some containers. */
function userName(): string {
  try {
    return userInfo().username.slice(0, NAME_MAX);
  } catch {
    return '';
  }
}

/** The piped password without the line's end; undefined when nothing is piped in. */
async function readPassword(): Promise<string | undefined> {
  if (process.stdin.isTTY) return undefined;
  const given = (await text(process.stdin)).replace(/\r?\n$/, '');
  return given === '' ? undefined : given;
}
