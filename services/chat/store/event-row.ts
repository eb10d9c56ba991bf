import type { ChatEvent } from '@parley/contract/event.ts';
import { encodePosition } from '@parley/contract/position.ts';

/** Text in one page, so that no page keeps the event loop of whoever takes it in for long. */
const PAGE_BYTES = 1_048_576;

/** A row of `event`, as far as readers see it. */
export interface EventRow {
  seq: number;
  at: number;
  username: string;
  message: string;
}

/** A row of `channel`, as far as writers need it. */
export interface ChannelRow {
  id: number;
  epoch: string;
  head: number;
}

/** Makes the event that a row stands for. */
export function asEvent(channel: string, epoch: string, row: EventRow): ChatEvent {
  const { seq, at, username, message } = row;
  return {
    channel,
    epoch,
    seq,
    id: encodePosition({ epoch, seq }),
    kind: 'message',
    at: new Date(at).toISOString(),
    username,
    message,
    up: 0,
    down: 0,
  };
}

/** The first rows, up to about a megabyte of text and at least one. */
export function takePage(rows: Iterable<EventRow>): EventRow[] {
  const taken: EventRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    taken.push(row);
    bytes += row.username.length + row.message.length;
    if (bytes > PAGE_BYTES) break;
  }
  return taken;
}
