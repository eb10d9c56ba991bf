import { nowUs } from '../clock.ts';
import { Samples } from '../samples.ts';
import { encodeStamp } from '../stamp.ts';
import { type PostAnswer, type PostConnection, spreadConnections } from './post-connection.ts';
import type { BatchPlan, PostOutcome } from './poster-calls.ts';

const LAST_ANSWERS_MS = 30_000;

/** Posts batches on each connection, the next after each answer, until the time is reached. */
export async function postBatches(plan: BatchPlan): Promise<PostOutcome> {
  const { target, connections: count, durationMs, lines } = plan;
  const connections = spreadConnections(target, count);
  const latency = new Samples();
  const outcome = { offered: 0, accepted: 0, refused: 0, broken: 0, lastSeq: 0, epoch: '' };
  const startUs = nowUs();
  const endUs = startUs + durationMs * 1e3;
  const timer = setTimeout(closeAll, durationMs + LAST_ANSWERS_MS);

  function closeAll(): void {
    for (const connection of connections) connection.close();
  }

  function tally({ status, text }: PostAnswer): void {
    const stored = status === 200 ? text.split('"status":201').length - 1 : 0;
    outcome.accepted += stored;
    if (status === 0) outcome.broken += lines;
    else outcome.refused += lines - stored;
    const [, epoch = '', seq = 0] = /.*"epoch":"([^"]*)","seq":(\d+)/s.exec(text) ?? [];
    outcome.lastSeq = Math.max(outcome.lastSeq, Number(seq));
    if (outcome.epoch === '') outcome.epoch = epoch;
  }

  async function postOn(connection: PostConnection): Promise<void> {
    while (nowUs() < endUs) {
      const sentUs = nowUs();
      const from = outcome.offered + 1;
      outcome.offered += lines;
      const answer = await connection.post(batchOf(plan, from, sentUs));
      latency.add(nowUs() - sentUs);
      tally(answer);
    }
  }

  await Promise.all(connections.map(postOn));
  const elapsedMs = (nowUs() - startUs) / 1e3;
  clearTimeout(timer);
  closeAll();
  return { ...outcome, elapsedMs, latency: latency.summary() };
}

/** A request with a batch of stamped messages; `from` is the number of the first. */
function batchOf({ target, lines }: BatchPlan, from: number, sentUs: number): string {
  const { request, prefix, suffix } = target;
  const line = (_: unknown, i: number) => `${prefix}${encodeStamp(sentUs, from + i)}${suffix}\n`;
  const body = Array.from({ length: lines }, line).join('');
  return `${request}Content-Length: ${body.length}\r\n\r\n${body}`;
}
