import type { Hello } from '@parley/contract/sse.ts';
import { useEffect, useReducer, useRef, useState } from 'react';
import { type ChannelHistory, EMPTY_HISTORY, historyAfter } from '../channel-history.ts';
import type { StreamStatus } from '../channel-stream.ts';
import { fetchChannelFault, fetchEventsBefore } from '../fetch-events.ts';
import { HistoryBatch } from '../history-batch.ts';
import { type OpenStream, openSharedStream, PAGE } from '../open-shared-stream.ts';
import type { Outbox } from '../outbox.ts';
import type { Presence } from '../presence.ts';
import type { AnswerError } from '../request-json.ts';
import type { Session } from '../session.ts';
import { keepStream } from './keep-stream.ts';

/** A channel as the page knows it. */
export interface OpenChannel {
  history: ChannelHistory;
  status: StreamStatus;
  /** The greeting of the server that serves the stream; `undefined` until it came. */
  hello: Hello | undefined;
  /** Who is there; `undefined` where nobody can say. */
  presence: Presence | undefined;
  /** Why the server will not open this channel. */
  fault: AnswerError | undefined;
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
  const [status, setStatus] = useState<StreamStatus>({ state: 'connecting' });
  const [hello, setHello] = useState<Hello>();
  const [presence, setPresence] = useState<Presence>();
  const [fault, setFault] = useState<AnswerError>();
  const [earlier, setEarlier] = useState<OpenChannel['earlier']>('idle');
  const open = useRef<OpenStream>(undefined);

  useEffect(() => {
    const batch = new HistoryBatch(change);
    let greeted = false;
    const stream = openSharedStream(channel, {
      onEvent: (event) => batch.add({ type: 'arrived', events: [event] }),
      onRestart: () => batch.add({ type: 'restart' }),
      onStatus: setStatus,
      onPresence: setPresence,
      onHello: (next) => {
        greeted = true;
        batch.add({ type: 'greeted', hello: next });
        setHello(next);
        setFault(undefined);
        session.holdStream(stream.leads ? streamOf(next) : undefined);
      },
      onExpired: () => {
        session.recover().then(
          (renewed) => renewed && stream.reopen(),
          () => {},
        );
      },
      onRefused: async () => {
        if (greeted && !stream.leads) return;
        const reason = await fetchChannelFault(channel);
        if (reason?.status === 401) session.recover().catch(() => {});
        if (!greeted || reason?.status === 401) setFault(reason);
      },
    });
    open.current = stream;
    const letGo = keepStream(stream);
    return () => {
      letGo();
      session.holdStream(undefined);
      stream.close();
      batch.close();
    };
  }, [channel, session]);

  const { identity } = session;
  const known = useRef(identity);
  useEffect(() => {
    if (known.current === identity) return;
    known.current = identity;
    open.current?.reopen();
  }, [identity]);

  useEffect(
    () =>
      outbox.onReceipt((receipt) => {
        if (receipt.channel === channel) change({ type: 'acknowledged', receipt });
      }),
    [outbox, channel],
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

  return { history, status, hello, presence, fault, earlier, loadEarlier, trim };
}

/** The id under which a stream can be renewed, where its server gives one. */
function streamOf(hello: Hello & { stream?: string }): string | undefined {
  return hello.stream;
}
