import { rm } from 'node:fs/promises';
import { PlainError } from '@parley/kit/plain-error.ts';
import { pause } from '@parley/kit/repeat.ts';
import { type BackupHeader, checkBackup, readDump, writeBackup } from './backup-file.ts';
import { addBackup, newestBackup, removeOldBackups } from './backup-folder.ts';
import type { BackupDatabase } from './database.ts';
import { describeTotals } from './totals.ts';

/** Backs a store up into a new file, and removes old files. Yields lines for the user. */
export async function* makeBackup(
  database: BackupDatabase,
  { folder, keep }: { folder: string; keep: number | undefined },
): AsyncGenerator<string> {
  const madeAt = new Date();
  const path = await addBackup(folder, madeAt, async (file, partial) => {
    await using dump = await database.dump(`${partial}.dump`);
    await writeBackup(file, dump.stream, async () => ({
      database: database.name,
      madeAt: madeAt.toISOString(),
      ...(await dump.facts()),
    }));
  });
  const { totals, bytes } = await checkBackup(path).catch(async (error) => {
    // The disk has not kept what was written.
    await rm(path, { force: true });
    throw error;
  });
  const has = totals ? `: ${describeTotals(totals)}` : '';
  yield `${path}${has}, ${bytes} bytes`;
  if (keep === undefined) return;
  for (const name of await removeOldBackups(folder, keep)) yield `removed ${name}`;
}

/** How often a failed backup is tried again within the time between two backups. */
const TRIES = 24;

/**
 * Makes a backup whenever the newest one of the folder is `everyMs` old, until the signal. A failure
 * is reported and tried again. Yields lines for the user.
 */
export async function* repeatBackups(
  database: BackupDatabase,
  { everyMs, ...options }: { folder: string; keep: number | undefined; everyMs: number },
  { signal, onFailure }: { signal: AbortSignal; onFailure: (error: unknown) => void },
): AsyncGenerator<string> {
  while (!signal.aborted) {
    const newest = await newestBackup(options.folder).catch(() => undefined);
    const dueMs = newest ? newest.getTime() + everyMs - Date.now() : 0;
    if (dueMs > 0) {
      // Short pauses, because a machine may sleep and its clock may be set.
      await pause(Math.min(dueMs, everyMs / TRIES), signal);
      continue;
    }
    try {
      yield* makeBackup(database, options);
    } catch (error) {
      onFailure(error);
      await pause(everyMs / TRIES, signal);
    }
  }
}

/** Restores a backup. Yields lines for the user. @throws PlainError when nothing was restored */
export async function* restoreBackup(
  database: BackupDatabase,
  { file, replace }: { file: string; replace: boolean },
): AsyncGenerator<string> {
  const header = await checkFor(database, file);
  const totals = await database.restore(readDump(file, header), header, replace);
  yield `restored ${describeTotals(totals)} of ${header.madeAt}`;
  yield 'every channel has a new epoch, every session has ended, and links are no longer valid';
}

/** Restores a backup into a temporary database and compares it. Yields lines for the user. */
export async function* tryBackup(database: BackupDatabase, file: string): AsyncGenerator<string> {
  const header = await checkFor(database, file);
  const totals = await database.check(readDump(file, header), header);
  yield `${file} restores: ${describeTotals(totals)} of ${header.madeAt}`;
}

async function checkFor(database: BackupDatabase, file: string): Promise<BackupHeader> {
  const header = await checkBackup(file);
  if (header.database !== database.name) {
    throw new PlainError(
      `${file} is a backup of ${header.database}, and the store is ${database.name}: check STORE_URL. Nothing was changed.`,
    );
  }
  if (!database.knows(header.schema)) {
    throw new PlainError(
      `${file} was made by a newer Parley: restore it with that version. Nothing was changed.`,
    );
  }
  return header;
}
