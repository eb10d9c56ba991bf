import { hostname } from 'node:os';
import { openProgress } from '@parley/kit/commands/progress.ts';
import { openLog } from '@parley/kit/log/log.ts';
import { runOnce } from '@parley/kit/run.ts';
import { loadSettings } from '@parley/kit/settings/settings.ts';
import { chooseStoreUrl, openStore } from '../../store/open-store.ts';
import type { OpenedStore } from '../../store/opened-store.ts';
import { migrate } from '../migrate/migrate.ts';
import { isSource, MIGRATE_USAGE, parseMigrateOptions, type Source } from '../migrate/options.ts';
import { exportLogs, exportTranscripts } from './export.ts';
import { importTranscript } from './import.ts';
import { importLog, LOG_ENDING } from './import-log.ts';
import {
  parseTranscriptOptions,
  type TranscriptOptions,
  type TranscriptTask,
  USAGE,
} from './options.ts';
import { type TranscriptConfig, transcriptSettings } from './settings.ts';

const writeLine = (text: string) => void process.stdout.write(`${text}\n`);
const progress = openProgress((line) => process.stderr.write(`${line}\n`));

await runOnce(async () => {
  const [name, ...rest] = process.argv.slice(2);
  const task: TranscriptTask = name === 'import' ? 'import' : 'export';
  const [source, ...more] = rest;
  if (task === 'import' && isSource(source)) return importForeign(source, more);
  const args = parseTranscriptOptions(task, rest);
  if (!args) return writeLine(USAGE[task]);
  const config = loadSettings(transcriptSettings, process.env);
  await using store = await openLogStore(config);
  if (task === 'export') await exportAll(store, config, args);
  else await importAll(store, config, args.names);
});

async function openLogStore(config: TranscriptConfig): Promise<OpenedStore> {
  const log = await openLog(config, 'transcripts');
  return openStore({ ...config, storeUrl: chooseStoreUrl(config) }, log);
}

async function importForeign(source: Source, args: string[]): Promise<void> {
  const options = parseMigrateOptions(source, args);
  if (!options) return writeLine(MIGRATE_USAGE);
  const config = loadSettings(transcriptSettings, process.env);
  const surroundings = { openStore: () => openLogStore(config), server: hostname(), progress };
  for (const line of await migrate(options, surroundings)) writeLine(line);
}

async function exportAll(
  store: OpenedStore,
  { timezone }: TranscriptConfig,
  { names, log }: TranscriptOptions,
): Promise<void> {
  const report = (channel: string, seq: number) => progress(() => `${channel}: event ${seq}`);
  const [folder = log ? 'logs' : 'transcripts', ...channels] = names;
  const options = { folder, channels, progress: report };
  const files = log
    ? exportLogs(store, options)
    : exportTranscripts(store, { ...options, timezone });
  for await (const file of files) writeLine(file);
}

async function importAll(
  store: OpenedStore,
  { timezone }: TranscriptConfig,
  files: string[],
): Promise<void> {
  for (const file of files) {
    const report = (done: number, of: number) => progress(() => `${file}: ${done} of ${of} lines`);
    const options = { timezone, server: hostname(), progress: report };
    if (file.endsWith(LOG_ENDING)) {
      const { stored, leftOut } = await importLog(store, file, options);
      const left = [...leftOut].map(([what, count]) => `${what} ${count}`).join(', ');
      writeLine(`${file}: ${stored} stored${left === '' ? '' : `; left out: ${left}`}`);
    } else {
      writeLine(`${file}: ${await importTranscript(store, file, options)} stored`);
    }
  }
}
