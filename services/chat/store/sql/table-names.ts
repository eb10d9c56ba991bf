import type { Tables } from './tables.ts';

const NAMES: Record<keyof Tables, true> = {
  account: true,
  account_look: true,
  audit: true,
  channel: true,
  event: true,
  lease: true,
  link: true,
  member: true,
  mention: true,
  mute: true,
  old_name: true,
  reaction: true,
  read_position: true,
  reply: true,
  search_message: true,
  session: true,
  ticket: true,
  vote: true,
};

/** The table that lists the migrations that are done. */
export const MIGRATION_TABLE = 'parley_migration';

/** The tables of the hooks, which may be in chat's database. */
const HOOKS = [
  'hook',
  'hook_position',
  'hook_failure',
  'hook_in',
  'hook_in_alert',
  'hook_migration',
  'hook_migration_lock',
];

/** All tables of chat and the hooks in an SQL database, which may have tables of other programs, too. */
export const TABLE_NAMES = [
  ...Object.keys(NAMES),
  ...HOOKS,
  MIGRATION_TABLE,
  `${MIGRATION_TABLE}_lock`,
];
