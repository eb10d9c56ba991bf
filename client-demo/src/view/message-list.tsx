import './message-list.css';
import { useMemo } from 'react';
import type { Ballot } from '../ballot.ts';
import { type ChannelHistory, hasEarlier } from '../channel-history.ts';
import { messagesByDay } from '../day-messages.ts';
import { DaySeparator } from './day-separator.tsx';
import { EarlierButton } from './earlier-button.tsx';
import type { MessageActions } from './message-actions.ts';
import { MessageItem } from './message-item.tsx';
import { useBallot } from './use-ballot.ts';
import type { OpenChannel } from './use-channel.ts';
import { useToday } from './use-today.ts';
import type { Visitor } from './use-visitor.ts';

/** The history of a channel, day by day, with what follows it live. */
export function MessageList(props: {
  channel: string;
  history: ChannelHistory;
  earlier: OpenChannel['earlier'];
  loadEarlier: () => void;
  visitor: Visitor;
  ballot: Ballot;
  actions: MessageActions;
  /** The history is still on its way, so that nobody reads it out piece by piece. */
  busy: boolean;
}) {
  const { channel, history, earlier } = props;
  const today = useToday();
  const { mine, cast } = useBallot(props.ballot);
  const days = useMemo(() => messagesByDay(history.events), [history.events]);
  return (
    <>
      {hasEarlier(history) ? (
        <EarlierButton state={earlier} onClick={props.loadEarlier} />
      ) : (
        !props.busy && (
          <p className="beginning">
            {days.length === 0 ? 'Nobody has spoken here yet. ' : 'The beginning of '}
            <b>
              #<bdi>{channel}</bdi>
            </b>
            {days.length === 0 && ' begins with your message.'}
          </p>
        )
      )}
      <div
        role="log"
        aria-label={`Messages in ${channel}`}
        aria-busy={props.busy || earlier === 'loading'}
      >
        {days.map(({ day, messages }) => (
          <section className="day" key={day}>
            <DaySeparator day={day} today={today} />
            <ol>
              {messages.map((listed) => (
                <MessageItem
                  key={listed.event.id}
                  {...listed}
                  session={props.visitor.state}
                  closed={history.closing.closed}
                  mine={mine.get(listed.event.id) ?? 0}
                  cast={cast.get(listed.event.id)}
                  actions={props.actions}
                />
              ))}
            </ol>
          </section>
        ))}
      </div>
    </>
  );
}
