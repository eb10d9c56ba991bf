import type { Hello } from '@parley/contract/streams/sse.ts';
import { type Dispatch, useCallback, useEffect, useRef, useState } from 'react';
import type { Session } from '../../account/session.ts';
import type { Presence } from '../../channels/presence.ts';
import type { HistoryChange } from '../../history/channel-history.ts';
import { fetchChannelFault } from '../../history/fetch-events.ts';
import { HistoryBatch } from '../../history/history-batch.ts';
import type { Position } from '../../history/position.ts';
import type { AnswerError } from '../../request-json.ts';
import type { StreamStatus } from '../../stream/channel-stream.ts';
import { type OpenStream, openSharedStream } from '../../stream/open-shared-stream.ts';
import { keepStream } from './keep-stream.ts';

/** The state of a channel's stream. */
export interface Streaming {
  status: StreamStatus;
  /** The hello of the server at the other end; `undefined` until it arrives. */
  hello: Hello | undefined;
  /** The readers of the channel; `undefined` if unknown. */
  presence: Presence | undefined;
  /** A stream that does not bring the log's events up to this position is dead. */
  expect: (position: Position) => void;
  /** Why the server refuses this channel. */
  fault: AnswerError | undefined;
}

/**
 * Reads a channel's stream into `change`, with a new connection after each change of the identity.
 */
export function useStream(
  channel: string,
  { session, change }: { session: Session; change: Dispatch<HistoryChange> },
): Streaming {
  const [status, setStatus] = useState<StreamStatus>({ state: 'connecting' });
  const [hello, setHello] = useState<Hello>();
  const [presence, setPresence] = useState<Presence>();
  const [fault, setFault] = useState<AnswerError>();
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
        session.holdStream(stream.leads ? next.stream : undefined);
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
  }, [channel, session, change]);

  const { identity } = session;
  const known = useRef(identity);
  useEffect(() => {
    if (known.current === identity) return;
    known.current = identity;
    open.current?.reopen();
  }, [identity]);

  const expect = useCallback((position: Position) => open.current?.expect(position), []);
  return { status, hello, presence, fault, expect };
}
