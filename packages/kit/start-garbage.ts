import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects the garbage of the start, 13 MB, which V8 would keep until the heap is full. Blocks the
 * thread for some 60 ms. Compiled code stays: the first clients would wait for it to be compiled
 * again.
 */
export function collectStartGarbage(): void {
  setFlagsFromString('--no-flush-bytecode');
  setFlagsFromString('--expose-gc');
  const collect: NodeJS.GCFunction = runInNewContext('gc');
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  setFlagsFromString('--no-expose-gc');
  setFlagsFromString('--flush-bytecode');
}
