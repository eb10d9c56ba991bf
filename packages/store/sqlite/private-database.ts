import { dirname } from 'node:path';
import { ensurePrivateFile, ensurePrivateFolder, tightenFile } from '@parley/kit/private-files.ts';

/**
 * Endings of the files that SQLite makes beside a database's file, with the rights of that file.
 */
const BESIDE = ['-wal', '-shm', '-journal'];

/**
 * Makes a database's file and its folder so that only the owner can read them, and tightens the
 * rights of files that exist. An existing database file is not opened: closing it would release the
 * locks that a connection of this process has on it (sqlite.org, "How To Corrupt", section 2.2).
 */
export function ensurePrivateDatabase(path: string): void {
  ensurePrivateFolder(dirname(path));
  ensurePrivateFile(path);
  for (const ending of BESIDE) tightenFile(path + ending);
}
