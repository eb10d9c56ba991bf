import { useEffect, useReducer, useState } from 'react';
import type { Session } from '../../account/session.ts';
import { type ChannelHistory, EMPTY_HISTORY, historyAfter } from '../../history/channel-history.ts';
import { fetchEventsBefore } from '../../history/fetch-events.ts';
import type { Outbox } from '../../sending/outbox.ts';
import { PAGE } from '../../stream/open-shared-stream.ts';
import { type Streaming, useStream } from './use-stream.ts';

/** A channel as the page knows it. */
export interface OpenChannel extends Streaming {
  history: ChannelHistory;
  earlier: 'idle' | 'loading' | 'failed';
  loadEarlier: () => void;
  /** Keeps only the newest events. */
  trim: (keep: number) => void;
}

/** Reads a channel for as long as its page is shown. */
export function useChannel(
  channel: string,
  { outbox, session }: { outbox: Outbox; session: Session },
): OpenChannel {
  const [history, change] = useReducer(historyAfter, EMPTY_HISTORY);
  const [earlier, setEarlier] = useState<OpenChannel['earlier']>('idle');
  const streaming = useStream(channel, { session, change });
  const { expect } = streaming;

  useEffect(
    () =>
      outbox.onReceipt((receipt) => {
        if (receipt.channel !== channel) return;
        change({ type: 'acknowledged', receipt });
        expect({ epoch: receipt.epoch, seq: receipt.seq });
      }),
    [outbox, channel, expect],
  );

  const loadEarlier = async () => {
    if (earlier === 'loading') return;
    setEarlier('loading');
    try {
      change({ type: 'earlier', page: await fetchEventsBefore(channel, history.first, PAGE) });
      setEarlier('idle');
    } catch {
      setEarlier('failed');
    }
  };
  const trim = (keep: number) => change({ type: 'trim', keep });

  return { ...streaming, history, earlier, loadEarlier, trim };
}
