import { HELP, parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';

const STORE =
  'It works on the store in STORE_URL, or else in DATA_DIR, whether or not Parley runs.';
const ZONE = 'Times of transcripts are in the zone that TIMEZONE names (UTC).';

/** What `npm run export -- --help` and `npm run import -- --help` print. */
export const USAGE = {
  export: [
    howToRun('export', '[--log] [FOLDER [CHANNEL …]]'),
    '',
    'Writes the transcript of each channel, or of the named channels only, as FOLDER/<channel>.txt.',
    'Without FOLDER the folder is transcripts. A transcript has the messages.',
    '',
    '--log  writes the whole log instead, as FOLDER/<channel>.ndjson: one event a line, as JSON, with',
    '       its data. Without FOLDER the folder is logs.',
    '',
    ZONE,
    STORE,
  ].join('\n'),
  import: [
    howToRun('import', 'FILE …'),
    `${howToRun('import', 'slack|mattermost EXPORT')}    (${howToRun('import', 'slack --help')})`,
    '',
    'Appends transcripts called <channel>.txt, and logs called <channel>.ndjson, to their channels. A',
    'file is checked as a whole before its first line is stored. Importing a file again stores only the',
    'lines that are new. Of a log, the messages and typed events are stored. Votes, edits, deletes,',
    'closings and deleted messages are left out and counted.',
    '',
    ZONE,
    STORE,
  ].join('\n'),
};

const LOG = { type: 'boolean', default: false } as const;

export type TranscriptTask = keyof typeof USAGE;

/** What to export or import. */
export interface TranscriptOptions {
  /** The folder and the channels, or the files. */
  names: string[];
  /** True to export the log in place of transcripts. */
  log: boolean;
}

/** Reads the arguments; undefined when help is asked for. @throws UsageError that says what is wrong with them */
export function parseTranscriptOptions(
  task: TranscriptTask,
  args: string[],
): TranscriptOptions | undefined {
  const options = { help: HELP, ...(task === 'export' && { log: LOG }) };
  const { values, positionals } = parseCommandLine({ args, options, allowPositionals: true });
  if (values.help) return undefined;
  if (task === 'import' && positionals.length === 0) {
    throw new UsageError(`name the files: ${howToRun('import', 'lobby.txt …')}`);
  }
  return { names: positionals, log: values.log === true };
}
