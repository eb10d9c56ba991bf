import type { Channel, ParleyError, Presence } from '@parley/client';
import { useChannel as useClientChannel } from '@parley/client/react';
import { useCallback, useEffect, useLayoutEffect, useReducer, useRef, useState } from 'react';
import type { Connection } from '../../connection/connection.ts';
import type { Status } from '../../connection/status.ts';
import {
  type ChannelHistory,
  EMPTY_HISTORY,
  historyAfter,
  shownPart,
} from '../../history/channel-history.ts';
import { HistoryBatch } from '../../history/history-batch.ts';
import type { Outbox } from '../../sending/outbox.ts';
import { useClient } from './use-client.ts';
import { type Earlier, SCROLL_PAGE, useEarlier } from './use-earlier.ts';
import { useStatus } from './use-status.ts';
import { useTyping } from './use-typing.ts';

/** Number of events that a channel begins with, and of those around a message. */
const PAGE = 50;

/** A channel as the page knows it, or one of its threads. */
export interface OpenChannel extends Earlier {
  /** The channel of the client library; undefined until it is open. */
  channel: Channel | undefined;
  /** The parent, for a thread. */
  thread?: number;
  history: ChannelHistory;
  status: Status;
  /** The newest seq when the channel was opened; undefined until it is known. */
  head: number | undefined;
  /** The replica at the other end. */
  server: string | undefined;
  /** The readers of the channel; undefined until they are known. */
  presence: Presence | undefined;
  /** The names of those who write a message now. */
  typing: readonly string[];
  /** Why the server refuses this channel. */
  fault: ParleyError | undefined;
  /** True when the channel was deleted, or is hidden from the reader, until it has events again. */
  isGone: boolean;
  /** Reads on after an excerpt of the past. */
  loadLater: () => void;
  /** Reads the messages around a seq, unless they are there; false if the server gives none. */
  readAround: (seq: number) => Promise<boolean>;
  /** Shows the newest messages again. */
  toNewest: () => void;
  /** Keeps only the newest events. */
  trim: (keep: number) => void;
}

/** Reads a channel for as long as its page is shown. */
export function useChannel(
  name: string,
  {
    connection,
    outbox,
    onRenamed,
  }: { connection: Connection; outbox: Outbox; onRenamed: (to: string) => void },
): OpenChannel {
  const followTo = useRef(onRenamed);
  followTo.current = onRenamed;
  const client = useClient(connection);
  const [history, change] = useReducer(historyAfter, EMPTY_HISTORY);
  const [head, setHead] = useState<number>();
  const [server, setServer] = useState<string>();
  const [presence, setPresence] = useState<Presence>();
  const [isGone, setGone] = useState(false);
  const position = useRef<string>(undefined);
  const { channel, error } = useClientChannel(client, name, {
    last: PAGE,
    keep: 0,
    after: position.current,
  });
  const status = useStatus(client, channel);
  const typing = useTyping(channel);

  useEffect(() => client.on('hello', (origin) => setServer(origin.server)), [client]);

  // Preact runs other effects up to 0.1 s later, after the channel's first events.
  useLayoutEffect(() => {
    if (!channel) return;
    const batch = new HistoryBatch(change);
    const offs = [
      channel.on('*', (event) => {
        position.current = event.id;
        setGone(false);
        batch.add({ type: 'arrived', events: [event] });
      }),
      channel.on('live', (state) => {
        batch.add({ type: 'greeted', state });
        if (state.epoch !== null) setGone(false);
        setHead((known) => known ?? state.head);
      }),
      channel.on('reset', ({ reason }) => {
        batch.add({ type: 'restart' });
        setGone(reason === 'gone');
      }),
      channel.on('presence', setPresence),
      channel.on('renamed', ({ to }) => {
        // The page of the new name reads it from the start.
        channel.close();
        followTo.current(to);
      }),
    ];
    return () => {
      for (const off of offs) off();
      batch.close();
    };
  }, [channel]);

  useEffect(
    () =>
      outbox.onReceipt((receipt) => {
        if (receipt.channel === name) change({ type: 'acknowledged', receipt });
      }),
    [outbox, name],
  );

  const shown = shownPart(history);
  const held = useRef(history);
  held.current = history;
  const readAround = useCallback(
    async (seq: number) => {
      if (!channel) return false;
      const { excerpt, first } = held.current;
      if (excerpt && seq >= excerpt.first && seq <= excerpt.last) return true;
      if (first > 0 && seq >= first) {
        change({ type: 'newest' });
        return true;
      }
      const after = Math.max(0, seq - PAGE / 2);
      try {
        change({ type: 'around', page: await channel.history({ after, limit: PAGE }), after });
        return true;
      } catch {
        return false;
      }
    },
    [channel],
  );
  const later = useRef(false);
  const loadLater = async () => {
    if (later.current || !channel || !history.excerpt) return;
    later.current = true;
    try {
      const page = await channel.history({ after: history.excerpt.last, limit: SCROLL_PAGE });
      change({ type: 'later', page });
    } catch {
      // The next scroll tries again.
    }
    later.current = false;
  };
  const toNewest = useCallback(() => change({ type: 'newest' }), []);
  const trim = (keep: number) => change({ type: 'trim', keep });

  return {
    ...useEarlier(channel, { first: shown.first, change }),
    channel,
    history,
    status,
    head,
    server,
    presence,
    typing,
    fault: error,
    isGone,
    loadLater: () => void loadLater(),
    readAround,
    toNewest,
    trim,
  };
}
