import type { Readable } from 'node:stream';
import type { BackupFacts, BackupHeader, Totals } from './backup-file.ts';

/** A dump that is under way. Disposing of it ends it. */
export interface Dump extends AsyncDisposable {
  stream: Readable;
  /** What the dump has, when it was read to its end. */
  facts(): Promise<Omit<BackupFacts, 'database' | 'madeAt'>>;
}

/** How the store's database is dumped and restored. */
export interface BackupDatabase {
  name: BackupHeader['database'];
  /** True when this program knows every migration of the backup. */
  knows(schema: BackupHeader['schema']): boolean;
  /** Dumps the store as it is at one moment. `work` is the path of a file that may be made. */
  dump(work: string): Promise<Dump>;
  /**
   * Restores a dump. The store is unchanged, or refuses to be opened, unless this resolves.
   * @throws PlainError when Parley runs, or when the store has content and may not be replaced
   */
  restore(dump: Readable, header: BackupHeader, replace: boolean): Promise<Totals>;
  /**
   * Restores a dump into a temporary database. Resolves with its totals, after a comparison with the
   * header. @throws PlainError when it is not what was dumped
   */
  check(dump: Readable, header: BackupHeader): Promise<Totals>;
}

export const RUNS =
  'Parley runs on this store, or another program has it open: stop it first. Nothing was changed.';
export const HAS_CONTENT =
  'the store has channels or accounts: --replace removes them first. Nothing was changed.';
export const DIFFERS =
  'what was restored differs from what was backed up: do not rely on this backup';
