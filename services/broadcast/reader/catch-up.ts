import { setTimeout as delay } from 'node:timers/promises';
import {
  BEFORE_ALL,
  encodePosition,
  type Position,
  parsePosition,
} from '@parley/contract/events/position.ts';
import type { ChannelState, PositionFault } from '@parley/contract/streams/sse.ts';
import type { Chunk } from '../channel/backlog.ts';
import { type LiveChannel, renamedTo, resetOf } from '../channel/live-channel.ts';
import type { LogPages } from '../channel/log-pages.ts';
import type { BroadcastMetrics } from '../metrics.ts';
import type { CatchUpSpace } from './catch-up-space.ts';
import type { Connection } from './connection.ts';

/**
 * Where a reader begins: after a position (as the reader sent it), with the newest few events, or
 * from now.
 */
export type Start = { after: string } | { newest: number } | 'now';

/** Bytes of past events in one write; the next write waits until they are sent. */
export const CHUNK_BYTES = 65_536;
/** Delay before a failed query on the log is retried; the reader's stream stays open. */
export const LOG_RETRY_MS = 1_000;

interface Reader {
  channel: LiveChannel;
  connection: Connection;
  /** True when nothing more is to be sent. */
  isOver: () => boolean;
  start: Start;
  /**
   * Writes the state of the channel, before its events. `id`: the position at which the reader begins,
   * when it gets no past events.
   */
  greet: (state: ChannelState, id: string | undefined) => void;
  /** What a channel of this old name is called now, if the reader may read that. */
  nameNow: () => Promise<string | undefined>;
  /** Adds the reader to the channel's live readers. */
  goLive: () => void;
}

interface CatchUpParts {
  pages: LogPages;
  space: CatchUpSpace;
  metrics: BroadcastMetrics;
}

/**
 * Writes the channel's state, then past events up to the channel's head, then makes the reader live. Past events
 * come from the backlog or, further back, from the log, as fast as the reader receives them. Live
 * events wait in the backlog meanwhile. Nothing is awaited between finding no past event left and
 * going live, so that no event is lost or sent twice.
 */
export async function catchUp(reader: Reader, parts: CatchUpParts): Promise<void> {
  const { channel, connection, start } = reader;
  const { framing } = connection;
  await channel.ready;
  if (reader.isOver()) return;
  // The log may be one that was deleted since, which this replica does not know yet.
  if (isBeforeAll(start) && channel.epoch !== null) await channel.verify();
  const found = await findStart(channel, () => startIn(channel, start));
  const { name, epoch, head, closing } = channel;
  const askName = () => (epoch === null ? reader.nameNow().catch(() => undefined) : undefined);
  // Without an id, hello does not wait for chat.
  const known = framing.placesHello ? await askName() : undefined;
  const hasId = framing.placesHello && found === head && known === undefined;
  reader.greet(
    { channel: name, epoch, head, ...closing },
    hasId ? positionAt(epoch, head) : undefined,
  );
  const to = framing.placesHello ? known : await askName();
  if (reader.isOver()) return;
  if (to !== undefined && channel.epoch === null) {
    connection.write(framing.reset(renamedTo(name, to)));
    reader.goLive();
    return;
  }
  const reset =
    typeof found === 'string'
      ? found
      : await goLiveAfter(found, reader, parts).finally(() => parts.space.passOn());
  if (reset === undefined || reader.isOver()) return;
  parts.metrics.resumes.inc({ source: 'reset' });
  connection.write(framing.reset(resetOf(channel, reset)));
  reader.goLive();
}

/**
 * The seq after which a reader begins, or why its position cannot be used. `find` looks the position
 * up in the channel as it is now.
 */
export async function findStart(
  channel: LiveChannel,
  find: () => number | PositionFault,
): Promise<number | PositionFault> {
  const check = () => {
    const found = find();
    return typeof found === 'number' && found > channel.head ? 'ahead' : found;
  };
  const found = check();
  if (found !== 'ahead' && found !== 'epoch') return found;
  // The reader may have read from a replica that was ahead of this one.
  await channel.verify();
  return check();
}

function startIn({ epoch, head }: LiveChannel, start: Start): number | PositionFault {
  if (start === 'now') return head;
  if ('newest' in start) return Math.max(0, head - start.newest);
  if (isBeforeAll(start)) return 0;
  const position = parsePosition(start.after);
  if (!position) return 'malformed';
  return position.epoch === epoch ? position.seq : 'epoch';
}

function isBeforeAll(start: Start): boolean {
  return typeof start === 'object' && 'after' in start && start.after === BEFORE_ALL;
}

function positionAt(epoch: string | null, seq: number): string {
  return epoch === null ? BEFORE_ALL : encodePosition({ epoch, seq });
}

/**
 * Sends the events after a seq and makes the reader live; returns the reason when that is not
 * possible.
 */
async function goLiveAfter(
  after: number,
  reader: Reader,
  parts: CatchUpParts,
): Promise<PositionFault | undefined> {
  const { channel, connection, start } = reader;
  const { epoch } = channel;
  const { space } = parts;
  let seq = after;
  let source = 'backlog';
  while (!reader.isOver()) {
    if (epoch !== null && channel.epoch !== epoch) return 'epoch';
    if (seq >= channel.head) {
      reader.goLive();
      if (start !== 'now') parts.metrics.resumes.inc({ source });
      return undefined;
    }
    // A reader that waits holds no chunk.
    if (space.isFull) {
      await space.free();
      continue;
    }
    let chunk = channel.backlog.after(seq, CHUNK_BYTES);
    if (!chunk) {
      source = 'log';
      chunk = await readLog({ epoch: epoch ?? '', seq }, reader, parts);
      if (reader.isOver()) return undefined;
      // Many may have read the same page.
      if (chunk && space.isFull) continue;
    }
    if (!chunk) {
      if (channel.epoch !== epoch) return 'epoch';
      if (start === 'now' || 'after' in start) return 'expired';
      // The log keeps fewer events than requested: send all that the backlog has.
      seq = Math.max(seq, channel.backlog.start);
      continue;
    }
    seq = chunk.last;
    if (!connection.write(connection.framing.events(chunk.bytes))) await space.hold(connection);
  }
  return undefined;
}

async function readLog(
  position: Position,
  { channel, isOver }: Reader,
  { pages, metrics }: CatchUpParts,
): Promise<Chunk | undefined> {
  while (!isOver()) {
    try {
      // The log may be ahead of the channel here, which delivers those newer events itself.
      return await pages.after(channel.name, position, {
        maxBytes: CHUNK_BYTES,
        upTo: channel.head,
      });
    } catch {
      metrics.logFailures.inc();
      await delay(LOG_RETRY_MS);
    }
  }
  return undefined;
}
