import { useState } from 'react';
import type { ReadPosition } from '../../channels/read-positions.ts';
import type { ChannelHistory } from '../../history/channel-history.ts';

/** What the reader has read of a log since the channel was opened. */
interface Reading {
  epoch: string | undefined;
  /** The last event that was read. */
  seq: number;
  /** What was read before the latest absence; what came after it is new. */
  since: number | undefined;
  /** The reader has seen the end since then. */
  isBack: boolean;
}

export interface Unread {
  /** The number of messages since the reader last saw the end of the history. */
  count: number;
  /** New messages are those after this seq; undefined where nothing was read before. */
  since: number | undefined;
}

/**
 * What the reader has not read. New are the messages since the last visit, `mark`, and then since the
 * reader last left the end. Messages up to `head` at the page's start count as read.
 */
export function useUnread(
  history: ChannelHistory,
  props: { head: number; seesEnd: boolean; mark: ReadPosition | undefined },
): Unread {
  const { head, seesEnd, mark } = props;
  const seq = history.events.at(-1)?.seq ?? 0;
  const [read, setRead] = useState<Reading>(UNKNOWN);
  const begins = read.epoch !== history.epoch;
  const { epoch } = history;
  if (begins) {
    const since = mark !== undefined && mark.epoch === epoch ? mark.seq : undefined;
    setRead({ epoch, seq: head, since, isBack: false });
  } else if (seesEnd && (read.seq !== seq || !read.isBack)) {
    setRead({ ...read, seq, isBack: true });
  } else if (!seesEnd && read.isBack && seq > read.seq) {
    setRead({ ...read, since: read.seq, isBack: false });
  }
  const count =
    begins || seesEnd ? 0 : history.events.filter((event) => event.seq > read.seq).length;
  return { count, since: read.since };
}

const UNKNOWN: Reading = { epoch: undefined, seq: 0, since: undefined, isBack: false };
