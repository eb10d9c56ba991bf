import type { Marked, ReadState } from './read-position-store.ts';

/** A channel that an account may enter, and up to where the account has read it. */
export interface ChannelReadPosition {
  id: number;
  channel: string;
  head: number;
  private: number;
  /** The read position; 0 when the account has none. */
  seq: number;
}

/** Decides a mark; a channel that is not there for the account keeps nothing. */
export function decideMark(known: ChannelReadPosition | undefined, seq: number): Marked {
  if (!known) return { seq: 0, raised: false, side: 'public' };
  const wanted = Math.min(seq, known.head);
  return {
    seq: Math.max(wanted, known.seq),
    raised: wanted > known.seq,
    side: known.private === 1 ? 'private' : 'public',
  };
}

/** The state of each channel, with its counts; those without counts are read. */
export function readStates(
  positions: ChannelReadPosition[],
  counts: ReadonlyMap<number, Pick<ReadState, 'unread' | 'mentioned'>>,
): ReadState[] {
  return positions.map(({ id, channel, seq }) => ({
    channel,
    read: seq,
    ...(counts.get(id) ?? { unread: 0, mentioned: 0 }),
  }));
}
