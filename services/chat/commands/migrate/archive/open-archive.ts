import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { readFile, unreadable } from '../../read-file.ts';
import type { Archive } from './archive.ts';
import { openFolder } from './open-folder.ts';
import { openZip } from './open-zip.ts';

/** Bytes with which a zip begins: its first file, or the end of an empty zip (APPNOTE 4.3). */
const ZIP_MAGIC = ['PK\x03\x04', 'PK\x05\x06'];

/** Opens an export. @throws PlainError when it cannot be read */
export async function openArchive(path: string): Promise<Archive> {
  try {
    if ((await stat(path)).isDirectory()) return openFolder(path);
    if (ZIP_MAGIC.includes(await firstBytes(path))) return openZip(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  return openFile(path);
}

async function firstBytes(path: string): Promise<string> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
  return buffer.toString('latin1', 0, bytesRead);
}

function openFile(path: string): Archive {
  return {
    name: path,
    async *files() {
      yield { path: basename(path), read: () => readFile(path) };
    },
  };
}
