import './pending-list.css';
import type { Message } from '@parley/client';
import { useSyncExternalStore } from 'react';
import { awaitedMessages } from '../../sending/awaited-messages.ts';
import type { Outbox } from '../../sending/outbox.ts';
import { isFor, type UnsentMessage } from '../../sending/unsent-messages.ts';
import { PendingItem } from './pending-item.tsx';

/** The messages of this channel, or of one of its threads, that are not acknowledged and not on the stream yet. */
export function PendingList(props: {
  channel: string;
  /** The parent, for a thread. */
  thread: number | undefined;
  /** The visitor's name. */
  visitor: string;
  events: readonly Message[];
  outbox: Outbox;
  onEdit: (unsent: UnsentMessage) => void;
}) {
  const unsent = useSyncExternalStore(props.outbox.subscribe, props.outbox.snapshot);
  const { channel, thread } = props;
  const isHere = (message: UnsentMessage) =>
    message.channel === channel && (thread === undefined || message.replyTo === thread);
  const here = awaitedMessages(
    unsent.filter((message) => isHere(message) && isFor(message, props.visitor)),
    props.events,
  );
  if (here.length === 0) return null;
  return (
    <ol className="pending-list" aria-label="Messages being sent">
      {here.map((message) => (
        <PendingItem
          key={message.key}
          unsent={message}
          onEdit={props.onEdit}
          onDiscard={({ key }) => props.outbox.discard(key)}
        />
      ))}
    </ol>
  );
}
