import { closeSync, fdatasyncSync, openSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK_BYTES = 4096;
const TMPFS_MAGIC = 0x01021994;

/** Durable writes of 4 KB per second in a folder, one after the other. */
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

/** True for a folder in memory (tmpfs), where a durable write costs nothing. */
export function isMemoryFolder(dir: string): boolean {
  return statfsSync(dir).type === TMPFS_MAGIC;
}
