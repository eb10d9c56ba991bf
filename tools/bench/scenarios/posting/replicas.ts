import { startPostgres } from '@parley/testkit/databases/databases.ts';
import { needs } from '@parley/testkit/real-parts.ts';
import type { Bench } from '../../bench.ts';
import type { Figure } from '../../figure.ts';
import { measureEcho, measureIngest } from '../../ingest-figures.ts';
import { Skip } from '../../skip.ts';
import { startParts } from '../../system/parts.ts';

const CONNECTIONS = 96;

/**
 * Three chats that write to one PostgreSQL, which syncs every commit, and clients on all three that
 * post without a pause, compared with a bare Node server under the same load.
 */
export async function replicas(bench: Bench): Promise<Figure[]> {
  const { skip } = needs('postgresql');
  if (skip) throw new Skip(skip);
  const echoPerSecond = await measureEcho(bench, CONNECTIONS);
  await using database = await startPostgres({ parent: bench.sandbox.dir });
  const storeUrl = await database.create('bench');
  await using parts = await startParts(bench, { storeUrl, chats: 3 });
  // The folder is on the disk that holds all data.
  const sut = { ...parts.readAt(parts.broadcasts[0]), dataDir: parts.folder };
  const load = { connections: CONNECTIONS, atLeastPerSecond: 3000 };
  return await measureIngest(bench, { sut, ...load, echoPerSecond });
}
