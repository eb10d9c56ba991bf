import { HELP, parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';

const STORE =
  'It works on the store in STORE_URL, or else in DATA_DIR, whether or not Parley runs.';
const ZONE = 'Times are in the zone that TIMEZONE names (UTC).';

/** What `npm run export -- --help` and `npm run import -- --help` print. */
export const USAGE = {
  export: [
    'npm run export -- [FOLDER [CHANNEL …]]',
    '',
    'Writes the transcript of each channel, or of the named channels only, as FOLDER/<channel>.txt.',
    'Without FOLDER the folder is transcripts.',
    '',
    ZONE,
    STORE,
  ].join('\n'),
  import: [
    'npm run import -- FILE …',
    '',
    'Appends transcripts called <channel>.txt to their channels. A file is checked as a whole before its',
    'first line is stored. Importing a file again stores only the lines that are new.',
    '',
    ZONE,
    STORE,
  ].join('\n'),
};

export type TranscriptTask = keyof typeof USAGE;

/** Reads the arguments; undefined when help is asked for. @throws UsageError that says what is wrong with them */
export function parseTranscriptOptions(task: TranscriptTask, args: string[]): string[] | undefined {
  const options = { help: HELP };
  const { values, positionals } = parseCommandLine({ args, options, allowPositionals: true });
  if (values.help) return undefined;
  if (task === 'import' && positionals.length === 0) {
    throw new UsageError('name the files: npm run import -- lobby.txt …');
  }
  return positionals;
}
