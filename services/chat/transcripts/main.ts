import { hostname } from 'node:os';
import { openLog } from '@parley/kit/log.ts';
import { PlainError } from '@parley/kit/plain-error.ts';
import { runOnce } from '@parley/kit/run.ts';
import { loadSettings } from '@parley/kit/settings.ts';
import { chooseStoreUrl, openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { exportTranscripts } from './export.ts';
import { importTranscript } from './import.ts';
import { type TranscriptConfig, transcriptSettings } from './settings.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);

await runOnce(async () => {
  const [task, ...args] = process.argv.slice(2);
  const config = loadSettings(transcriptSettings, process.env);
  const log = await openLog(config, 'transcripts');
  await using store = await openStore({ ...config, storeUrl: chooseStoreUrl(config) }, log);
  if (task === 'export') await exportAll(store, config, args);
  else await importAll(store, config, args);
});

async function exportAll(
  store: Store,
  { timezone }: TranscriptConfig,
  args: string[],
): Promise<void> {
  const [folder = 'transcripts', ...channels] = args;
  for (const file of await exportTranscripts(store, { folder, channels, timezone })) say(file);
}

async function importAll(
  store: Store,
  { timezone }: TranscriptConfig,
  files: string[],
): Promise<void> {
  if (files.length === 0) throw new PlainError('name the files: npm run import -- lobby.txt …');
  for (const file of files) {
    const stored = await importTranscript(store, file, { timezone, server: hostname() });
    say(`${file}: ${stored} stored`);
  }
}
