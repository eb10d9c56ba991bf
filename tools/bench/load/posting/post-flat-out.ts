import { nowUs } from '../clock.ts';
import { type PostConnection, spreadConnections } from './post-connection.ts';
import { PostTally } from './post-tally.ts';
import type { FlatOutPlan, PostOutcome } from './poster-calls.ts';

const LAST_ANSWERS_MS = 10_000;

/**
 * Posts on each connection, the next message after each answer, until the time or the count is
 * reached.
 */
export async function postFlatOut(plan: FlatOutPlan): Promise<PostOutcome> {
  const tally = new PostTally(plan.target);
  const count = plan.count ?? Number.POSITIVE_INFINITY;
  const firstOrdinal = plan.firstOrdinal ?? 1;
  const endUs = nowUs() + plan.durationMs * 1e3;
  const connections = spreadConnections(plan.target, plan.connections);
  const timer = setTimeout(closeAll, plan.durationMs + LAST_ANSWERS_MS);

  function closeAll(): void {
    for (const connection of connections) connection.close();
  }

  async function postOn(connection: PostConnection): Promise<void> {
    while (tally.offered < count && nowUs() < endUs) {
      const ordinal = firstOrdinal + tally.offered++;
      await tally.post(connection, ordinal, nowUs());
    }
  }

  await Promise.all(connections.map(postOn));
  clearTimeout(timer);
  closeAll();
  return tally.outcome();
}
