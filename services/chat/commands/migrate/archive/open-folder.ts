import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { readFile } from '../../read-file.ts';
import type { Archive, ArchivedFile } from './archive.ts';

/** Folders below the root: those of an export, in a folder that a zip program made. */
const DEPTH = 2;

/** An export that was unpacked. Links are not followed. */
export function openFolder(root: string): Archive {
  return { name: root, files: () => filesIn(root, '', DEPTH) };
}

async function* filesIn(root: string, below: string, depth: number): AsyncGenerator<ArchivedFile> {
  for await (const entry of await opendir(join(root, below))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isFile()) yield { path, read: () => readFile(join(root, path)) };
    else if (entry.isDirectory() && depth > 0) yield* filesIn(root, path, depth - 1);
  }
}
