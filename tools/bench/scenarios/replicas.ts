import { needs } from '@parley/testkit/real-parts.ts';
import type { Bench } from '../bench.ts';
import type { Figure } from '../figure.ts';
import { measureIngest } from '../ingest-figures.ts';
import { Skip } from '../skip.ts';
import { startReplicas } from '../system/replicas.ts';

/** Three chats that write to one PostgreSQL, and clients on all three that post without a pause. */
export async function replicas(bench: Bench): Promise<Figure[]> {
  const { skip } = needs('postgresql');
  if (skip) throw new Skip(skip);
  await using sut = await startReplicas(bench);
  return await measureIngest(bench, { sut, connections: 96, atLeastPerSecond: 3000 });
}
