import { useState } from 'react';
import type { ChannelHistory } from '../../history/channel-history.ts';

/** The last event that the reader has read, and its log. */
interface ReadMark {
  epoch: string | undefined;
  seq: number;
}

/**
 * The number of messages since the reader last saw the end of the history. Messages up to `head` at
 * the page's start count as read.
 */
export function useUnread(history: ChannelHistory, head: number, seesEnd: boolean): number {
  const seq = history.events.at(-1)?.seq ?? 0;
  const [read, setRead] = useState<ReadMark>({ epoch: undefined, seq: 0 });
  const begins = read.epoch !== history.epoch;
  if (begins) setRead({ epoch: history.epoch, seq: head });
  else if (seesEnd && read.seq !== seq) setRead({ epoch: history.epoch, seq });
  if (begins || seesEnd) return 0;
  return history.events.filter((event) => event.seq > read.seq).length;
}
