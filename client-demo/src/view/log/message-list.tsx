import './message-list.css';
import { type RefObject, useMemo, useRef } from 'react';
import { type ChannelHistory, hasEarlier } from '../../history/channel-history.ts';
import { listRows } from '../../history/list-rows.ts';
import type { Ballot } from '../../messages/ballot.ts';
import type { Visitor } from '../account/use-visitor.ts';
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
  channel: string;
  history: ChannelHistory;
  earlier: OpenChannel['earlier'];
  loadEarlier: () => void;
  visitor: Visitor;
  ballot: Ballot;
  actions: MessageActions;
  /** The history is still loading; screen readers wait until it is complete. */
  busy: boolean;
  /** The reader is at the end; rows that appear there are new messages. */
  atEnd: boolean;
  scroller: RefObject<HTMLElement | null>;
  places: RefObject<RowPlaces | undefined>;
}) {
  const { channel, history, earlier, scroller, places } = props;
  const today = useToday();
  const { mine, cast } = useBallot(props.ballot);
  const rows = useMemo(() => listRows(history.events), [history.events]);
  const list = useRef<HTMLOListElement>(null);
  const { items, height, measure, first, keep } = useListWindow(rows, {
    scroller,
    list,
    places,
  });
  return (
    <>
      <div className="beginning">
        {hasEarlier(history) ? (
          <EarlierButton state={earlier} onClick={props.loadEarlier} />
        ) : (
          !props.busy && (
            <p>
              {rows.length === 0 ? 'There are no messages yet. ' : 'The beginning of '}
              <b>
                #<bdi>{channel}</bdi>
              </b>
              {rows.length === 0 && ' begins with your message.'}
            </p>
          )
        )}
      </div>
      <div
        role="log"
        aria-label={`Messages in ${channel}`}
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
              {row.kind === 'day' ? (
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
                />
              )}
            </li>
          ))}
        </ol>
      </div>
    </>
  );
}
