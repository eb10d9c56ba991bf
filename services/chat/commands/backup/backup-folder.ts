import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PlainError } from '@parley/kit/plain-error.ts';

const NAME = /^parley-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z\.backup$/;
const PARTIAL = '.partial';
/** A file that was not written to for this long belongs to a backup that was killed. */
const ABANDONED_MS = 3_600_000;

/** The names of the complete backups of a folder, the oldest first. */
export async function listBackups(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => NAME.test(name)).sort();
}

/** The time in the name of a folder's newest backup; undefined when it has none. */
export async function newestBackup(folder: string): Promise<Date | undefined> {
  const name = (await listBackups(folder)).at(-1);
  const parts = name && /^parley-(.{10})T(..)-(..)-(..)-(...)Z/.exec(name);
  return parts ? new Date(`${parts[1]}T${parts.slice(2, 5).join(':')}.${parts[5]}Z`) : undefined;
}

/**
 * Makes a file for a new backup, which only its owner can read. `write` fills it under another name;
 * the file gets its own name when it is complete and on the disk. Resolves with its path.
 * @throws PlainError when the folder cannot be written to
 */
export async function addBackup(
  folder: string,
  madeAt: Date,
  write: (file: FileHandle, path: string) => Promise<void>,
): Promise<string> {
  const path = join(folder, `parley-${madeAt.toISOString().replaceAll(/[:.]/g, '-')}.backup`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeAbandoned(folder);
    const partial = path + PARTIAL;
    try {
      await using file = await open(partial, 'wx', 0o600);
      await write(file, partial);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    await rename(partial, path);
    await syncFolder(folder);
    return path;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (error instanceof PlainError || code === undefined || syscall === undefined) throw error;
    throw new PlainError(`no backup was made: ${folder} cannot be written to (${code})`);
  }
}

/** Removes all but the newest `keep` backups. Resolves with the names of the others. */
export async function removeOldBackups(folder: string, keep: number): Promise<string[]> {
  const old = (await listBackups(folder)).slice(0, -keep);
  for (const name of old) await rm(join(folder, name), { force: true });
  return old;
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder);
  await handle.sync();
}

/** Makes a file's content and name durable. */
export async function syncFile(path: string): Promise<void> {
  {
    await using file = await open(path, 'r+');
    await file.sync();
  }
  await syncFolder(dirname(path));
}

async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('parley-') || !name.includes(`.backup${PARTIAL}`)) continue;
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(join(folder, name));
  }
}
