import { setTimeout as delay } from 'node:timers/promises';
import { type Position, parsePosition } from '@parley/contract/position.ts';
import { encodeHelloFrame, encodeResetFrame, type ResetReason } from '@parley/contract/sse.ts';
import type { Chunk } from './backlog.ts';
import type { Connection } from './connection.ts';
import type { Feed } from './feed.ts';
import type { LogPages } from './log-pages.ts';
import type { BroadcastMetrics } from './metrics.ts';

/** Where a reader wants to begin: after a position (as it sent it), with the newest few, or from now. */
export type Start = { after: string } | { newest: number } | 'now';

/** Bytes of past events written before the reader has to take them. */
const CHUNK_BYTES = 65_536;
/** How long to wait before a log that cannot be read is asked again; the reader's stream stays open. */
const LOG_RETRY_MS = 1_000;

/** Tells a reader that its position cannot be used; it goes on from the head. */
export function encodeReset(channel: string, reason: ResetReason): string {
  return encodeResetFrame({ reason, history: `/chat/${encodeURIComponent(channel)}/events` });
}

interface Reader {
  feed: Feed;
  connection: Connection;
  start: Start;
}

interface CatchUpParts {
  pages: LogPages;
  serverName: string;
  metrics: BroadcastMetrics;
}

/**
 * Brings a reader from where it wants to begin to the channel's head and makes it live there:
 * hello, then past events from the backlog or, further back, from the log, as fast as the reader
 * takes them. Live events wait in the backlog meanwhile. Between the last past event and the first
 * live one nothing is awaited, so that none is missed and none is sent twice.
 */
export async function catchUp(
  { feed, connection, start }: Reader,
  parts: CatchUpParts,
): Promise<void> {
  const { channel } = feed;
  const { metrics, serverName } = parts;
  await feed.ready;
  const place = await findPlace(start, feed);
  const { epoch, head } = feed;
  connection.write(encodeHelloFrame({ server: serverName, channel, epoch, head }));

  let outcome =
    typeof place === 'string' ? place : await sendPast(place, { feed, connection, parts });
  if (connection.closed) return;
  if (typeof place === 'number' && epoch !== null && feed.epoch !== epoch) outcome = 'epoch';
  if (outcome === 'done') {
    feed.live.add(connection);
    return;
  }
  metrics.resumes.inc({ source: 'reset' });
  connection.write(encodeReset(channel, outcome));
  feed.live.add(connection);
}

/** The seq after which the reader begins, or why its position cannot be used. */
async function findPlace(start: Start, feed: Feed): Promise<number | ResetReason> {
  if (start === 'now') return feed.head;
  if ('newest' in start) return Math.max(0, feed.head - start.newest);
  const position = parsePosition(start.after);
  if (!position) return 'malformed';
  if (!isKnown(position, feed)) {
    // Another replica may have been further ahead than this one.
    await feed.verify();
    feed.flush();
  }
  if (position.epoch !== feed.epoch) return 'epoch';
  return position.seq > feed.head ? 'ahead' : position.seq;
}

function isKnown({ epoch, seq }: Position, feed: Feed): boolean {
  return epoch === feed.epoch && seq <= feed.head;
}

async function sendPast(
  after: number,
  { feed, connection, parts }: { feed: Feed; connection: Connection; parts: CatchUpParts },
): Promise<'done' | ResetReason> {
  const { epoch } = feed;
  let seq = after;
  let source = 'backlog';
  while (seq < feed.head && feed.epoch === epoch && !connection.closed) {
    let chunk = feed.backlog.after(seq, CHUNK_BYTES);
    if (!chunk) {
      source = 'log';
      chunk = await readLog({ epoch: epoch ?? '', seq }, { feed, connection, parts });
    }
    if (!chunk) return 'expired';
    seq = chunk.last;
    if (!connection.write(chunk.bytes)) await connection.drained();
  }
  parts.metrics.resumes.inc({ source });
  return 'done';
}

async function readLog(
  position: Position,
  { feed, connection, parts }: { feed: Feed; connection: Connection; parts: CatchUpParts },
): Promise<Chunk | undefined> {
  while (!connection.closed) {
    try {
      // The log may be ahead of the hub, which will hand those events on itself.
      return await parts.pages.after(feed.channel, position, {
        maxBytes: CHUNK_BYTES,
        upTo: feed.head,
      });
    } catch {
      parts.metrics.logFailures.inc();
      await delay(LOG_RETRY_MS);
    }
  }
  return undefined;
}
