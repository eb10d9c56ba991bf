import { HELP, parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';
import { PlainError } from '@parley/kit/plain-error.ts';

/** Chats whose exports can be imported. */
export const SOURCES = ['slack', 'mattermost'] as const;
export type Source = (typeof SOURCES)[number];

/** Why private conversations are not imported. */
export const LEFT_OUT = {
  private: 'private channels (--private imports them)',
  direct: 'direct conversations (--direct imports them)',
};

/** Channels of an export are in memory. */
const CHANNELS_MAX = 1_000_000;

/** @throws PlainError for a number of channels that no export has */
export function requireFewChannels(count: number): void {
  if (count <= CHANNELS_MAX) return;
  throw new PlainError(`The export has more than ${CHANNELS_MAX} channels; it is refused.`);
}

/** What is read of an export. */
export interface ReadOptions {
  private: boolean;
  direct: boolean;
  /** The name here of a channel of the export. Gives each call another name. */
  nameFor: (source: string) => string;
  /** Called for each entry. */
  progress: () => void;
}

/** What `npm run import -- slack --help` prints. */
export const MIGRATE_USAGE = [
  howToRun('import', 'slack EXPORT [OPTION …]'),
  howToRun('import', 'mattermost EXPORT [OPTION …]'),
  '',
  'Stores the messages of an export of Slack (the zip, or its unpacked folder) or of a bulk export of',
  'Mattermost (the zip, or its .jsonl) in channels of the same names, with their times and names. The',
  'whole export is checked before its first message is stored. An import that was stopped, or is',
  'started again, stores only what is not stored yet. The last lines report what was stored, changed',
  'and left out.',
  '',
  '--dry-run      writes the report only, and stores nothing',
  '--prefix TEXT  puts a text before the names of all channels, such as slack.',
  '--private      imports private channels, too, as private channels without members',
  '--direct       imports direct conversations, too, into private channels such as dm-ada-omri',
].join('\n');

/** What to import. */
export interface MigrateOptions {
  source: Source;
  file: string;
  dryRun: boolean;
  prefix: string;
  private: boolean;
  direct: boolean;
}

const FLAG = { type: 'boolean', default: false } as const;

/** True when the arguments of `npm run import` begin with the name of a chat. */
export function isSource(name: string | undefined): name is Source {
  return SOURCES.some((source) => source === name);
}

/**
 * Reads the arguments after the name of the chat; undefined when help is asked for.
 * @throws UsageError that says what is wrong with them
 */
export function parseMigrateOptions(source: Source, args: string[]): MigrateOptions | undefined {
  const { values, positionals } = parseCommandLine({
    args,
    options: {
      help: HELP,
      'dry-run': FLAG,
      prefix: { type: 'string', default: '' },
      private: FLAG,
      direct: FLAG,
    },
    allowPositionals: true,
  });
  if (values.help) return undefined;
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) {
    throw new UsageError(`name one export: ${howToRun('import', source, 'export.zip')}`);
  }
  const { prefix, private: isPrivate, direct } = values;
  return { source, file, dryRun: values['dry-run'], prefix, private: isPrivate, direct };
}
