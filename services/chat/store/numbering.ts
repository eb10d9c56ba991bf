import { asEvent, type ChannelRow, type EventRow } from './event-row.ts';
import type { Append, Appended } from './store.ts';

/** An event that is known under a key. */
export type KnownRow = EventRow & { server: string };

/** What an append becomes where its key is known: the first event again, or a refusal. */
export function replay(
  known: KnownRow,
  { channel, username, message }: Append,
  epoch: string,
): Appended {
  if (known.username !== username || known.message !== message) return { outcome: 'mismatch' };
  return { outcome: 'replayed', event: asEvent(channel, epoch, known), server: known.server };
}

/** Gives an append the channel's next number, and raises the head in `row`. */
export function number(row: ChannelRow, draft: Append): Appended & { outcome: 'stored' } {
  const { channel, at, username, message, server } = draft;
  row.head++;
  const event = asEvent(channel, row.epoch, { seq: row.head, at, username, message });
  return { outcome: 'stored', event, server };
}
