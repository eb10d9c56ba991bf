import type { ChatEvent } from '@parley/contract/event.ts';
import { encodePosition } from '@parley/contract/position.ts';

/** A row of `event`, as far as readers see it. */
export interface EventRow {
  seq: number;
  at: number;
  username: string;
  message: string;
}

/** A row of `channel`. */
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
