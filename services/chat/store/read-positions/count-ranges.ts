import type { ChannelReadPosition } from './decide-mark.ts';

/** Events of a channel, the newest ones, among which unread messages and mentions are counted. */
export const UNREAD_EVENTS = 1_000;
/** Events that are read at most for one answer, over all its channels. */
export const ANSWER_EVENTS = 50_000;

/** The events of a channel that are counted: those above `after`. */
export interface CountRange {
  id: number;
  channel: string;
  after: number;
}

/**
 * What is counted for one answer, of the channels with events after the position. When those are
 * more than an answer may cost, the channels with the most of them share equally what the others
 * leave.
 */
export function countRanges(positions: ChannelReadPosition[]): CountRange[] {
  const behind = positions.filter(({ head, seq }) => seq < head);
  const share = fairShare(behind.map(({ head, seq }) => Math.min(head - seq, UNREAD_EVENTS)));
  return behind.map(({ id, channel, head, seq }) => ({
    id,
    channel,
    after: Math.max(seq, head - share),
  }));
}

/** The most events that each of some channels may have counted. */
function fairShare(wanted: number[]): number {
  let left = ANSWER_EVENTS;
  for (const [i, events] of wanted.toSorted((a, b) => a - b).entries()) {
    const share = Math.floor(left / (wanted.length - i));
    if (events > share) return share;
    left -= events;
  }
  return UNREAD_EVENTS;
}
