import { closeSync, fdatasyncSync, openSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK_BYTES = 4096;
const TMPFS_MAGIC = 0x01021994;

/** How many times per second 4 KB can be written and made durable in a folder, one after the other. */
export function measureFsyncRate(dir: string, durationMs: number): number {
  const file = openSync(join(dir, 'fsync-probe'), 'w');
  const block = Buffer.alloc(BLOCK_BYTES, 1);
  const startMs = performance.now();
  let count = 0;
  while (performance.now() - startMs < durationMs) {
    writeSync(file, block);
    fdatasyncSync(file);
    count++;
  }
  const elapsedMs = performance.now() - startMs;
  closeSync(file);
  return (count / elapsedMs) * 1e3;
}

/** Whether a folder is in memory only, where a durable write costs nothing and proves nothing. */
export function isMemoryFolder(dir: string): boolean {
  return statfsSync(dir).type === TMPFS_MAGIC;
}
