import { dirname } from 'node:path';

/** Most source files of one folder, its tests aside. */
const FILES_MAX = 16;

/** A line for each folder with more source files than a reader can survey. */
export function folderFaults(files: string[]): string[] {
  const counts = new Map<string, number>();
  for (const file of files) {
    if (file.endsWith('.test.ts')) continue;
    const folder = dirname(file);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > FILES_MAX)
    .map(([folder, count]) => `${folder} has ${count} files, at most ${FILES_MAX}: make folders`);
}
