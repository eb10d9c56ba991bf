import type { LogEvent } from '@parley/client';
import { useEffect, useLayoutEffect, useReducer } from 'react';
import { EMPTY_HISTORY, historyAfter } from '../../history/channel-history.ts';
import { HistoryBatch } from '../../history/history-batch.ts';
import type { Outbox } from '../../sending/outbox.ts';
import type { OpenChannel } from '../state/use-channel.ts';
import { useEarlier } from '../state/use-earlier.ts';

/**
 * A thread of an open channel, in the form of a channel: the parent and the replies to it, live. The
 * epoch of the channel must be known, and stay the same.
 */
export function useThread(open: OpenChannel, thread: number, outbox: Outbox): OpenChannel {
  const { channel } = open;
  const [history, change] = useReducer(historyAfter, open.history, ({ epoch, closing }) => ({
    ...EMPTY_HISTORY,
    epoch,
    closing,
    // The stream has all events from now on; everything before is read from the log.
    first: Number.MAX_SAFE_INTEGER,
  }));

  // Preact runs other effects up to 0.1 s later, after an event that arrives meanwhile.
  useLayoutEffect(() => {
    if (!channel) return;
    const batch = new HistoryBatch(change);
    const isOf = (event: LogEvent) =>
      event.kind !== 'message' || event.seq === thread || event.replyTo === thread;
    const off = channel.on('*', (event) => {
      if (isOf(event)) batch.add({ type: 'arrived', events: [event] });
    });
    return () => {
      off();
      batch.close();
    };
  }, [channel, thread]);

  const name = channel?.name;
  useEffect(
    () =>
      outbox.onReceipt((receipt) => {
        if (receipt.channel === name && receipt.replyTo === thread)
          change({ type: 'acknowledged', receipt });
      }),
    [outbox, name, thread],
  );

  return {
    ...open,
    ...useEarlier(channel, { first: history.first, change, thread }),
    ...WITHOUT_PAST,
    thread,
    history,
    head: history.events.at(-1)?.seq,
  };
}

/** A thread has no excerpts: it is read from its end. */
const WITHOUT_PAST = {
  loadLater: () => undefined,
  readAround: async () => false,
  toNewest: () => undefined,
};
