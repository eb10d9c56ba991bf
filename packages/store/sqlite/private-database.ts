import { dirname } from 'node:path';
import { ensurePrivateFile, ensurePrivateFolder, tightenFile } from '@parley/kit/private-files.ts';

/** What SQLite keeps beside a database's file; it makes them with the rights of that file. */
const BESIDE = ['-wal', '-shm', '-journal'];

/**
 * Makes a database's file, with its folder, so that only its owner can read either, and tightens
 * what is there. The file is not opened where it is there: to close it would end the locks that a
 * connection of this process has on it (sqlite.org, "How To Corrupt", section 2.2).
 */
export function ensurePrivateDatabase(path: string): void {
  ensurePrivateFolder(dirname(path));
  ensurePrivateFile(path);
  for (const ending of BESIDE) tightenFile(path + ending);
}
