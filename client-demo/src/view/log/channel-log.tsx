import type { Message } from '@parley/client';
import { type RefObject, useCallback, useEffect, useMemo, useState, type WheelEvent } from 'react';
import { hasEarlier, shownPart } from '../../history/channel-history.ts';
import type { Ballot } from '../../messages/ballot.ts';
import type { Outbox } from '../../sending/outbox.ts';
import type { UnsentMessage } from '../../sending/unsent-messages.ts';
import type { Visitor } from '../account/use-visitor.ts';
import { FirstUnreadButton } from '../jump/first-unread-button.tsx';
import { ToEndButton } from '../jump/to-end-button.tsx';
import type { Jump } from '../jump/use-jump.ts';
import { useReactions } from '../reactions/use-reactions.ts';
import { useReplies } from '../replies/use-replies.ts';
import type { OpenChannel } from '../state/use-channel.ts';
import type { Following } from '../state/use-follow.ts';
import type { RowPlaces } from '../state/use-list-window.ts';
import { openMessageActions } from './message-actions.ts';
import { MessageList } from './message-list.tsx';
import { PendingList } from './pending-list.tsx';
import { VoteFault } from './vote-fault.tsx';

/** Within this distance of an end of the list, more messages are loaded automatically. */
const NEAR_PX = 120;
/** A step of a mouse wheel that counts in lines. */
const LINE_PX = 24;

/** The messages of a channel and the unsent ones, in a list that scrolls. */
export function ChannelLog(props: {
  channel: string;
  /** The channel's name, as its readers see it. */
  title: string;
  open: OpenChannel;
  visitor: Visitor;
  outbox: Outbox;
  ballot: Ballot;
  list: RefObject<HTMLDivElement | null>;
  places: RefObject<RowPlaces | undefined>;
  follow: Following;
  jump: Jump;
  /** The number of unread messages. */
  unread: number;
  /** New messages are those after this seq. */
  since: number | undefined;
  /** Absent where the reader cannot choose what a reply answers. */
  onReply?: (message: Message) => void;
  /** Opens the thread of the message of a seq. */
  onThread: (seq: number) => void;
  /** Takes an unsent message back to edit it. */
  onEdit: (unsent: UnsentMessage) => void;
}) {
  const { channel, open, visitor, ballot, list, follow, jump } = props;
  const { history, head } = open;
  const { session, ask } = visitor;
  const actions = useMemo(
    () => openMessageActions({ session, ballot, askToSignIn: () => ask('sign-in') }),
    [session, ballot, ask],
  );
  const { since, unread } = props;
  const [seenNew, setSeenNew] = useState<number>();
  const onSeenNew = useCallback(() => setSeenNew(since), [since]);
  const shown = shownPart(history);
  const reactions = useReactions(shown.events, visitor);
  const replies = useReplies(open, jump, props.onThread);
  const newFrom = useNewFrom(open, visitor.author.username, since);
  const mayLoad = hasEarlier(shown) && open.earlier === 'idle';
  useEffect(() => {
    // The newest events may contain only few messages.
    const isFull = list.current && list.current.scrollHeight > list.current.clientHeight;
    if (mayLoad && !isFull) open.loadEarlier();
  });
  const onScroll = () => {
    follow.onScroll();
    const { scrollTop = 0, scrollHeight = 0, clientHeight = 0 } = list.current ?? {};
    if (mayLoad && scrollTop < NEAR_PX) open.loadEarlier();
    if (scrollHeight - scrollTop - clientHeight < NEAR_PX) open.loadLater();
  };
  const onWheel = ({ target, deltaY, deltaMode }: WheelEvent) => {
    // A button over the list is not a part of it.
    if (list.current?.contains(target as Node)) return;
    list.current?.scrollBy(0, deltaMode === 0 ? deltaY : deltaY * LINE_PX);
  };
  const busy = head === undefined;
  return (
    <div className="messages" onWheel={onWheel}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys scroll it */}
      <div className="scroller" ref={list} onScroll={onScroll} tabIndex={0}>
        <div className="column">
          <MessageList
            {...open}
            title={props.title}
            visitor={visitor}
            ballot={ballot}
            actions={actions}
            reactions={reactions}
            replies={replies}
            onReply={props.onReply}
            busy={busy}
            newFrom={since !== undefined && shown.first <= since + 1 ? newFrom : undefined}
            onSeenNew={onSeenNew}
            jump={jump}
            atEnd={follow.atEnd}
            scroller={list}
            places={props.places}
          />
          <PendingList
            channel={channel}
            visitor={visitor.author.username}
            thread={open.thread}
            events={history.events}
            outbox={props.outbox}
            onEdit={props.onEdit}
          />
        </div>
      </div>
      <VoteFault ballot={ballot} reaction={reactions.fault} />
      {since !== undefined && newFrom !== undefined && seenNew !== since && (
        <FirstUnreadButton
          onClick={() => {
            onSeenNew();
            jump.to(since + 1);
          }}
        />
      )}
      {!follow.atEnd && <ToEndButton unread={unread} onClick={jump.toEnd} />}
    </div>
  );
}

/** The seq of the first message after `since` that is not the visitor's own. */
function useNewFrom({ history }: OpenChannel, own: string, since: number | undefined) {
  const { events } = shownPart(history);
  return useMemo(() => {
    if (since === undefined) return undefined;
    return events.find(({ seq, username }) => seq > since && username !== own)?.seq;
  }, [events, own, since]);
}
