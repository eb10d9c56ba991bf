import { hostname } from 'node:os';
import { openProgress } from '@parley/kit/commands/progress.ts';
import { openLog } from '@parley/kit/log/log.ts';
import { runOnce } from '@parley/kit/run.ts';
import { loadSettings } from '@parley/kit/settings/settings.ts';
import { chooseStoreUrl, openStore } from '../../store/open-store.ts';
import type { OpenedStore } from '../../store/opened-store.ts';
import { exportTranscripts } from './export.ts';
import { importTranscript } from './import.ts';
import { parseTranscriptOptions, type TranscriptTask, USAGE } from './options.ts';
import { type TranscriptConfig, transcriptSettings } from './settings.ts';

const writeLine = (text: string) => process.stdout.write(`${text}\n`);
const progress = openProgress((line) => process.stderr.write(`${line}\n`));

await runOnce(async () => {
  const [name, ...rest] = process.argv.slice(2);
  const task: TranscriptTask = name === 'import' ? 'import' : 'export';
  const args = parseTranscriptOptions(task, rest);
  if (!args) return void writeLine(USAGE[task]);
  const config = loadSettings(transcriptSettings, process.env);
  const log = await openLog(config, 'transcripts');
  await using store = await openStore({ ...config, storeUrl: chooseStoreUrl(config) }, log);
  if (task === 'export') await exportAll(store, config, args);
  else await importAll(store, config, args);
});

async function exportAll(
  store: OpenedStore,
  { timezone }: TranscriptConfig,
  [folder = 'transcripts', ...channels]: string[],
): Promise<void> {
  const report = (channel: string, seq: number) => progress(() => `${channel}: event ${seq}`);
  const options = { folder, channels, timezone, progress: report };
  for await (const file of exportTranscripts(store, options)) writeLine(file);
}

async function importAll(
  store: OpenedStore,
  { timezone }: TranscriptConfig,
  files: string[],
): Promise<void> {
  for (const file of files) {
    const report = (done: number, of: number) => progress(() => `${file}: ${done} of ${of} lines`);
    const options = { timezone, server: hostname(), progress: report };
    writeLine(`${file}: ${await importTranscript(store, file, options)} stored`);
  }
}
