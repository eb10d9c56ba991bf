import type { Bench } from '../../bench.ts';
import type { Figure } from '../../figure.ts';
import { measureIngest } from '../../ingest-figures.ts';
import { startParley } from '../../system/parley.ts';

/** One process on SQLite, and 64 clients that post without a pause. */
export async function ingest(bench: Bench): Promise<Figure[]> {
  await using sut = await startParley(bench);
  return await measureIngest(bench, { sut, connections: 64, atLeastPerSecond: 5000 });
}
