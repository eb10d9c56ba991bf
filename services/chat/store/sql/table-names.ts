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

/** All tables of chat in an SQL database, which may have tables of other programs, too. */
export const TABLE_NAMES = [...Object.keys(NAMES), MIGRATION_TABLE, `${MIGRATION_TABLE}_lock`];
