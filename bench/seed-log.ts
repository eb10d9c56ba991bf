import { Skip } from './bench.ts';

/**
 * Makes a channel with `count` events in the data folder of a server that is not running, through
 * the store's own code.
 */
export async function seedLog(_dataDir: string, _channel: string, _count: number): Promise<void> {
  throw new Skip('not yet wired: bench/seed-log.ts');
}
