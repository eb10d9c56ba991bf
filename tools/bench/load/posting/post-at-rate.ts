import { setTimeout as sleep } from 'node:timers/promises';
import { nowUs } from '../clock.ts';
import { type PostConnection, spreadConnections } from './post-connection.ts';
import { PostTally } from './post-tally.ts';
import type { PostOutcome, RatePlan } from './poster-calls.ts';

const LAST_ANSWERS_MS = 10_000;

interface Due {
  ordinal: number;
  dueUs: number;
}

/**
 * Posts `ratePerSecond` messages a second, also when answers are late. A post waits while every
 * connection is busy; its latency counts from the time it was due. Posts that still wait at the
 * end are not sent.
 */
export async function postAtRate(plan: RatePlan): Promise<PostOutcome> {
  const tally = new PostTally(plan.target);
  const connections = spreadConnections(plan.target, plan.connections);
  const idle = [...connections];
  const waiting: Due[] = [];
  const underWay = new Set<Promise<void>>();

  function send(connection: PostConnection, { ordinal, dueUs }: Due): void {
    const sent = tally.post(connection, ordinal, dueUs).then(() => {
      underWay.delete(sent);
      const next = waiting.shift();
      if (next === undefined) idle.push(connection);
      else send(connection, next);
    });
    underWay.add(sent);
  }

  const intervalUs = 1e6 / plan.ratePerSecond;
  const total = Math.floor((plan.durationMs / 1e3) * plan.ratePerSecond);
  const startUs = nowUs();
  while (tally.offered < total) {
    const waitUs = startUs + tally.offered * intervalUs - nowUs();
    if (waitUs > 0) await sleep(waitUs / 1e3);
    const due = { ordinal: ++tally.offered, dueUs: nowUs() };
    const connection = idle.pop();
    if (connection === undefined) waiting.push(due);
    else send(connection, due);
  }
  waiting.length = 0;
  await Promise.race([Promise.all(underWay), sleep(LAST_ANSWERS_MS, undefined, { ref: false })]);
  for (const connection of connections) connection.close();
  return tally.outcome();
}
