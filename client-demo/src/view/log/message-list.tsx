import './message-list.css';
import type { Message } from '@parley/client';
import { type RefObject, useEffect, useMemo, useRef } from 'react';
import { type ChannelHistory, hasEarlier, shownPart } from '../../history/channel-history.ts';
import { listRows } from '../../history/list-rows.ts';
import type { Ballot } from '../../messages/ballot.ts';
import type { Visitor } from '../account/use-visitor.ts';
import { NewLine } from '../jump/new-line.tsx';
import type { Jump } from '../jump/use-jump.ts';
import type { Reactions } from '../reactions/use-reactions.ts';
import type { ReplyView } from '../replies/use-replies.ts';
import type { OpenChannel } from '../state/use-channel.ts';
import { type RowPlaces, useListWindow } from '../state/use-list-window.ts';
import { DayName } from './day-name.tsx';
import { EarlierButton } from './earlier-button.tsx';
import type { MessageActions } from './message-actions.ts';
import { MessageItem } from './message-item.tsx';
import { useBallot } from './use-ballot.ts';
import { useToday } from './use-today.ts';

/** The messages of a channel, day by day, the live ones last. */
export function MessageList(props: {
  /** The channel's name, as its readers see it. */
  title: string;
  history: ChannelHistory;
  earlier: OpenChannel['earlier'];
  loadEarlier: () => void;
  visitor: Visitor;
  ballot: Ballot;
  actions: MessageActions;
  reactions: Reactions;
  replies: ReplyView;
  onReply: ((message: Message) => void) | undefined;
  /** The history is still loading; screen readers wait until it is complete. */
  busy: boolean;
  /** The first new message. */
  newFrom: number | undefined;
  /** The reader sees where the new messages begin. */
  onSeenNew: () => void;
  jump: Jump;
  /** The reader is at the end; rows that appear there are new messages. */
  atEnd: boolean;
  scroller: RefObject<HTMLElement | null>;
  places: RefObject<RowPlaces | undefined>;
}) {
  const { title, history, earlier, scroller, places, replies } = props;
  const today = useToday();
  const { mine, cast } = useBallot(props.ballot);
  const shown = shownPart(history);
  const { newFrom, onSeenNew } = props;
  const rows = useMemo(() => listRows(shown.events, newFrom), [shown.events, newFrom]);
  const list = useRef<HTMLOListElement>(null);
  const { items, height, measure, first, keep } = useListWindow(rows, {
    scroller,
    list,
    places,
  });
  useEffect(() => {
    const top = places.current?.topOf('new');
    const { scrollTop = 0, scrollHeight = 0, clientHeight = 0 } = scroller.current ?? {};
    // The list may not be scrolled to its end yet.
    const isSettled = !props.atEnd || scrollHeight - scrollTop - clientHeight < 1;
    if (!props.busy && isSettled && top !== undefined && top >= scrollTop) onSeenNew();
  });
  return (
    <>
      <div className="beginning">
        {hasEarlier(shown) ? (
          <EarlierButton state={earlier} onClick={props.loadEarlier} />
        ) : (
          !props.busy &&
          replies.thread === undefined && (
            <p>
              {rows.length === 0 ? 'There are no messages yet. ' : 'The beginning of '}
              <b>
                <bdi dir={title.startsWith('#') ? 'ltr' : 'auto'}>{title}</bdi>
              </b>
              {rows.length === 0 && ' begins with your message.'}
            </p>
          )
        )}
      </div>
      <div
        role="log"
        aria-label={`${replies.thread === undefined ? 'Messages' : 'Thread'} in ${title}`}
        aria-busy={props.busy || earlier === 'loading'}
        aria-live={props.atEnd ? 'polite' : 'off'}
      >
        {first?.kind === 'message' && (
          <div className="day-here" aria-hidden="true">
            <DayName day={first.day} today={today} />
          </div>
        )}
        <ol className="rows" ref={list} style={{ height }} onBlur={() => keep(undefined)}>
          {items.map(({ row, index, top }) => (
            <li
              key={row.key}
              ref={measure}
              data-key={row.key}
              style={{ top }}
              aria-setsize={rows.length}
              aria-posinset={index + 1}
              onFocus={() => keep(row.key)}
            >
              {row.kind === 'new' ? (
                <NewLine />
              ) : row.kind === 'day' ? (
                <h2>
                  <DayName day={row.day} today={today} />
                </h2>
              ) : (
                <MessageItem
                  event={row.event}
                  continues={row.continues}
                  session={props.visitor.state}
                  closed={history.closing.closed}
                  mine={mine.get(row.event.id) ?? 0}
                  cast={cast.get(row.event.id)}
                  actions={props.actions}
                  own={props.reactions.ownOf(row.event)}
                  onReact={props.reactions.react}
                  parent={replies.parentOf(row.event)}
                  replies={replies.countOf(row.event)}
                  onJump={replies.onJump}
                  onThread={replies.onThread}
                  thread={replies.thread}
                  onReply={props.onReply}
                  onReached={row.key === props.jump.target ? props.jump.onReached : undefined}
                />
              )}
            </li>
          ))}
        </ol>
      </div>
    </>
  );
}
