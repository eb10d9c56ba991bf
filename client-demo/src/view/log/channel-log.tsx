import { type RefObject, useEffect, useMemo } from 'react';
import { hasEarlier } from '../../history/channel-history.ts';
import type { Ballot } from '../../messages/ballot.ts';
import type { Outbox } from '../../sending/outbox.ts';
import type { UnsentMessage } from '../../sending/unsent-messages.ts';
import type { Visitor } from '../account/use-visitor.ts';
import type { OpenChannel } from '../state/use-channel.ts';
import type { Following } from '../state/use-follow.ts';
import type { RowPlaces } from '../state/use-list-window.ts';
import { openMessageActions } from './message-actions.ts';
import { MessageList } from './message-list.tsx';
import { PendingList } from './pending-list.tsx';
import { ToEndButton } from './to-end-button.tsx';
import { VoteFault } from './vote-fault.tsx';

/** Within this distance of the top, earlier messages are loaded automatically. */
const NEAR_TOP_PX = 120;

/** The messages of a channel and the unsent ones, in a list that scrolls. */
export function ChannelLog(props: {
  channel: string;
  open: OpenChannel;
  visitor: Visitor;
  outbox: Outbox;
  ballot: Ballot;
  list: RefObject<HTMLDivElement | null>;
  places: RefObject<RowPlaces | undefined>;
  follow: Following;
  unread: number;
  /** Takes an unsent message back to edit it. */
  onEdit: (unsent: UnsentMessage) => void;
}) {
  const { channel, open, visitor, ballot, list, follow } = props;
  const { history, head } = open;
  const { session, ask } = visitor;
  const actions = useMemo(
    () => openMessageActions({ session, ballot, askToSignIn: () => ask('sign-in') }),
    [session, ballot, ask],
  );
  const mayLoad = hasEarlier(history) && open.earlier === 'idle';
  useEffect(() => {
    // The newest events may contain only few messages.
    const isFull = list.current && list.current.scrollHeight > list.current.clientHeight;
    if (mayLoad && !isFull) open.loadEarlier();
  });
  const onScroll = () => {
    follow.onScroll();
    const nearTop = (list.current?.scrollTop ?? 0) < NEAR_TOP_PX;
    if (mayLoad && nearTop) open.loadEarlier();
  };
  const busy = head === undefined;
  return (
    <div className="messages">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys scroll it */}
      <div className="scroller" ref={list} onScroll={onScroll} tabIndex={0}>
        <div className="column">
          <MessageList
            {...open}
            channel={channel}
            visitor={visitor}
            ballot={ballot}
            actions={actions}
            busy={busy}
            atEnd={follow.atEnd}
            scroller={list}
            places={props.places}
          />
          <PendingList
            channel={channel}
            visitor={visitor.author.username}
            events={history.events}
            outbox={props.outbox}
            onEdit={props.onEdit}
          />
        </div>
      </div>
      <VoteFault ballot={ballot} />
      {!follow.atEnd && <ToEndButton unread={props.unread} onClick={follow.toEnd} />}
    </div>
  );
}
