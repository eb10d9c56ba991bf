import { type RefObject, useCallback, useLayoutEffect, useState } from 'react';
import { shownPart } from '../../history/channel-history.ts';
import type { OpenChannel } from '../state/use-channel.ts';
import type { Following } from '../state/use-follow.ts';
import type { RowPlaces } from '../state/use-list-window.ts';

/** Jumps to messages of a channel. */
export interface Jump {
  /**
   * Shows the message of a seq, or the next one after it, however far in the past; unless `isQuiet`, it
   * gets the focus. Resolves with false when it could not be read.
   */
  to: (seq: number, isQuiet?: boolean) => Promise<boolean>;
  /** True until the list shows the message. */
  isUnderWay: boolean;
  /** Shows the newest messages. */
  toEnd: () => void;
  /** The message that gets the focus as soon as it is in the page. */
  target: string | undefined;
  /** The target has the focus. */
  onReached: () => void;
}

/** Reads what is missing, scrolls the list to a message, and gives it the focus. */
export function useJump(
  open: OpenChannel,
  follow: Following,
  places: RefObject<RowPlaces | undefined>,
): Jump {
  const { history, readAround, toNewest } = open;
  const [wanted, setWanted] = useState<{ seq: number; isQuiet: boolean }>();
  const [isUnderWay, setUnderWay] = useState(false);
  const [target, setTarget] = useState<string>();
  const { events } = shownPart(history);

  const to = useCallback(
    async (seq: number, isQuiet = false) => {
      setUnderWay(true);
      const isRead = await readAround(seq);
      if (isRead) setWanted({ seq, isQuiet });
      else setUnderWay(false);
      return isRead;
    },
    [readAround],
  );
  const toEnd = () => {
    toNewest();
    follow.toEnd();
  };
  useLayoutEffect(() => {
    if (wanted === undefined) return;
    const key = (events.find(({ seq }) => seq >= wanted.seq) ?? events.at(-1))?.id;
    setWanted(undefined);
    setUnderWay(false);
    if (key === undefined || places.current?.topOf(key) === undefined) return;
    follow.toRow(key);
    if (!wanted.isQuiet) setTarget(key);
  }, [wanted, events, follow, places]);
  const onReached = useCallback(() => setTarget(undefined), []);
  return { to, isUnderWay, toEnd, target, onReached };
}
