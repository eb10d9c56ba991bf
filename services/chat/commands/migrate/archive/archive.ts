import { open } from 'node:fs/promises';
import { PlainError } from '@parley/kit/plain-error.ts';

/** A file of an export. `path` has `/` between its parts and begins at the root of the export. */
export interface ArchivedFile {
  path: string;
  /** Its content in chunks. */
  read(): AsyncIterable<Buffer>;
}

/** The files of an export, which is a zip, a folder or a single file. */
export interface Archive {
  /** How messages name it. */
  name: string;
  /** All files, in any order. Can be called several times. @throws PlainError for a broken archive */
  files(): AsyncIterable<ArchivedFile>;
}

/** The content of a file. @throws PlainError when it cannot be read */
export async function* readFile(path: string): AsyncGenerator<Buffer> {
  try {
    await using file = await open(path);
    for await (const chunk of file.createReadStream({ autoClose: false })) yield chunk as Buffer;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** The error for a path that cannot be read; other errors as they are. */
export function unreadable(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined ? error : new PlainError(`${path}: it cannot be read (${code})`);
}
