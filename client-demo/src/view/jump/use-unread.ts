import { useRef, useState } from 'react';
import type { Directory } from '../../channels/directory.ts';
import type { ReadState } from '../../channels/unread-counts.ts';
import type { ChannelHistory } from '../../history/channel-history.ts';
import { useDirectory } from '../channels/use-directory.ts';

/** What a visitor had read of a channel when it was opened. */
export interface ReadBefore extends ReadState {
  /** The account's name; '' for a guest. */
  account: string;
}

/** What the reader has read of a log since the channel was opened. */
interface Reading {
  before: ReadBefore | undefined;
  epoch: string | undefined;
  /** The last event that was read. */
  seq: number;
  /** What was read before the latest absence; what came after it is new. */
  since: number | undefined;
  /** The reader has seen the end since then. */
  isBack: boolean;
}

const UNKNOWN: Reading = {
  before: undefined,
  epoch: undefined,
  seq: 0,
  since: undefined,
  isBack: false,
};
const NOTHING: ReadState = { epoch: '', seq: 0, read: 0, unread: 0, mentioned: 0 };

/**
 * What the visitor had read of a channel when it was opened, or when they signed in; undefined until
 * that is known. `account`: who they are, undefined while unknown. The first list may be a guest's,
 * where a token has expired.
 */
export function useReadBefore(
  directory: Directory,
  { channel, account }: { channel: string; account: string | undefined },
): ReadBefore | undefined {
  useDirectory(directory);
  const before = useRef<ReadBefore>(undefined);
  // An account whose session has ended is a guest for a while.
  if (account && before.current?.account !== account) before.current = undefined;
  if (account !== undefined && directory.isCounted)
    before.current ??= { ...(directory.readState(channel) ?? NOTHING), account };
  return before.current;
}

/**
 * New messages are those after this seq: after what was read `before`, and then since the reader last
 * left the end. Undefined where nothing was read before.
 */
export function useNewSince(
  history: ChannelHistory,
  { before, seesEnd }: { before: ReadBefore | undefined; seesEnd: boolean },
): number | undefined {
  const seq = history.events.at(-1)?.seq ?? 0;
  const [read, setRead] = useState<Reading>(UNKNOWN);
  const { epoch } = history;
  if (before === undefined) return undefined;
  if (read.before !== before || read.epoch !== epoch) {
    const since = before.epoch === epoch && before.read > 0 ? before.read : undefined;
    setRead({ before, epoch, seq, since, isBack: false });
  } else if (seesEnd && (read.seq !== seq || !read.isBack)) {
    setRead({ ...read, seq, isBack: true });
  } else if (!seesEnd && read.isBack && seq > read.seq) {
    setRead({ ...read, since: read.seq, isBack: false });
  }
  return read.since;
}
