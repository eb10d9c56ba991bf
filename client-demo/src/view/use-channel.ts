import type { Hello } from '@parley/contract/sse.ts';
import { useEffect, useReducer, useState } from 'react';
import {
  type ChannelHistory,
  EMPTY_HISTORY,
  hasEarlier,
  historyAfter,
} from '../channel-history.ts';
import { ChannelStream, type StreamStatus } from '../channel-stream.ts';
import { fetchChannelFault, fetchEventsBefore } from '../fetch-events.ts';
import { HistoryBatch } from '../history-batch.ts';
import type { Outbox } from '../outbox.ts';

const PAGE = 50;

/** A channel as the page knows it. */
export interface OpenChannel {
  history: ChannelHistory;
  status: StreamStatus;
  /** The greeting of the server that serves the stream; `undefined` until it came. */
  hello: Hello | undefined;
  /** Why the server will not open this channel. */
  fault: string | undefined;
  earlier: 'idle' | 'loading' | 'failed';
  loadEarlier: () => void;
  /** Keeps only the newest events. */
  trim: (keep: number) => void;
}

/** Reads a channel for as long as its page is shown. */
export function useChannel(channel: string, outbox: Outbox): OpenChannel {
  const [history, change] = useReducer(historyAfter, EMPTY_HISTORY);
  const [status, setStatus] = useState<StreamStatus>({ state: 'connecting' });
  const [hello, setHello] = useState<Hello>();
  const [fault, setFault] = useState<string>();
  const [earlier, setEarlier] = useState<OpenChannel['earlier']>('idle');

  useEffect(() => {
    const batch = new HistoryBatch(change);
    const stream = new ChannelStream({
      channel,
      last: PAGE,
      listener: {
        onEvent: (event) => batch.add({ type: 'arrived', events: [event] }),
        onRestart: () => batch.add({ type: 'restart' }),
        onHello: setHello,
        onStatus: setStatus,
        onRefused: () => fetchChannelFault(channel).then(giveUp),
      },
    });
    const giveUp = (reason: string | undefined) => {
      if (reason !== undefined) stream.close();
      setFault(reason);
    };
    const retry = () => stream.retryNow();
    addEventListener('online', retry);
    return () => {
      removeEventListener('online', retry);
      stream.close();
      batch.close();
    };
  }, [channel]);

  useEffect(
    () =>
      outbox.onReceipt((receipt) => {
        if (receipt.channel === channel) change({ type: 'acknowledged', receipt });
      }),
    [outbox, channel],
  );

  const loadEarlier = async () => {
    if (!hasEarlier(history) || earlier === 'loading') return;
    setEarlier('loading');
    try {
      change({ type: 'earlier', page: await fetchEventsBefore(channel, history.start, PAGE) });
      setEarlier('idle');
    } catch {
      setEarlier('failed');
    }
  };
  const trim = (keep: number) => change({ type: 'trim', keep });

  return { history, status, hello, fault, earlier, loadEarlier, trim };
}
