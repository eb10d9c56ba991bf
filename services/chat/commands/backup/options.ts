import { HELP, parseCommandLine, UsageError } from '@parley/kit/commands/command-line.ts';
import { howToRun } from '@parley/kit/commands/how-to-run.ts';

const STORE = 'It works on the store in STORE_URL, or else in DATA_DIR.';
const TOOLS = [
  'PostgreSQL needs pg_dump, pg_restore and psql here, MySQL and MariaDB mariadb-dump and mariadb, or',
  'mysqldump and mysql.',
];

/** What `npm run backup -- --help` and `npm run restore -- --help` print. */
export const USAGE = {
  backup: [
    howToRun('backup', '[--keep N] [--every HOURS] [FOLDER]'),
    howToRun('backup', '--check FILE'),
    '',
    'Writes the whole store into one new file in FOLDER (BACKUP_DIR, or else backups), while Parley runs.',
    'The file has no keys and secrets of the deployment (docs/backup.md).',
    '',
    '--keep N  afterwards removes all but the newest N backups of the folder',
    '--every   goes on for ever: makes a backup as soon as the newest one of the folder is that old. A',
    '          failure is reported, and tried again after a twenty-fourth of the time.',
    '--check   restores a backup into a temporary database, and compares the database with the backup.',
    '          On a server this is a new database, which STORE_URL must have the right to make.',
    '',
    STORE,
    ...TOOLS,
  ].join('\n'),
  restore: [
    howToRun('restore', '[--replace] FILE'),
    '',
    'Restores a backup into an empty store, while Parley is stopped. Then every channel has a new epoch,',
    'everybody is signed out, and links are no longer valid.',
    '',
    '--replace  first removes what the store has',
    '',
    STORE,
    ...TOOLS,
  ].join('\n'),
};

export type BackupTask = keyof typeof USAGE;

/** What the command line asks for; undefined: help. */
export type BackupOptions =
  | {
      task: 'backup';
      folder: string | undefined;
      keep: number | undefined;
      every: number | undefined;
    }
  | { task: 'check'; file: string }
  | { task: 'restore'; file: string; replace: boolean };

const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean', default: false } as const;

/** Reads the arguments. @throws UsageError that says what is wrong with them */
export function parseBackupOptions(task: BackupTask, args: string[]): BackupOptions | undefined {
  const options =
    task === 'backup'
      ? { help: HELP, check: FLAG, keep: TEXT, every: TEXT }
      : { help: HELP, replace: FLAG };
  const { values, positionals } = parseCommandLine({ args, options, allowPositionals: true });
  if (values.help) return undefined;
  const { check, keep, every, replace } = values as {
    check?: boolean;
    keep?: string;
    every?: string;
    replace?: boolean;
  };
  const [name, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`${task} takes one name; see --help`);
  if (task === 'backup' && !check) {
    return {
      task,
      folder: name,
      keep: parseNumber('--keep', keep),
      every: parseNumber('--every', every),
    };
  }
  if (keep ?? every) throw new UsageError('--check takes only the name of a file');
  if (name === undefined) throw new UsageError('name the file of the backup; see --help');
  return check
    ? { task: 'check', file: name }
    : { task: 'restore', file: name, replace: !!replace };
}

function parseNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`${option} ${text}: it must be a number from 1 on`);
}
