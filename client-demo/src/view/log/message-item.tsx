import './message-item.css';
import type { Message } from '@parley/client';
import { memo, useEffect, useRef, useState } from 'react';
import { nameHue } from '../../account/name-hue.ts';
import type { SessionState } from '../../account/session-state.ts';
import { mentions } from '../../channels/mentions.ts';
import { clockTime, wholeTime } from '../../history/clock-time.ts';
import type { ListedMessage } from '../../history/day-messages.ts';
import { rightsTo } from '../../messages/message-rights.ts';
import { type CastVote, shownTally, type Vote } from '../../messages/vote.ts';
import { AccountMark } from '../account/account-mark.tsx';
import { Badge } from '../badge.tsx';
import { ReactionChips } from '../reactions/reaction-chips.tsx';
import { QuotedParent } from '../replies/quoted-parent.tsx';
import { ReplyCount } from '../replies/reply-count.tsx';
import { MessageText } from '../text/message-text.tsx';
import type { MessageActions } from './message-actions.ts';
import { MessageEditor } from './message-editor.tsx';
import { MessageTools } from './message-tools.tsx';

/** One message: its author, its time, its text and its buttons. */
export const MessageItem = memo(function MessageItem(
  props: ListedMessage & {
    session: SessionState;
    closed: boolean;
    mine: Vote;
    cast: CastVote | undefined;
    /** The emoji of the visitor's own reactions. */
    own: readonly string[];
    onReact: (message: Message, emoji: string) => void;
    actions: MessageActions;
    /** The message that this one replies to, if the page has it. */
    parent: Message | undefined;
    /** The number of replies to it. */
    replies: number;
    onJump: (seq: number) => void;
    onThread: (seq: number) => void;
    /** The parent of the thread that the list shows: all its messages belong together. */
    thread: number | undefined;
    onReply: ((message: Message) => void) | undefined;
    /** The reader jumped here: the message gets the focus, and says that it has it. */
    onReached: (() => void) | undefined;
  },
) {
  const { event, continues, actions, onReply, onReached, thread } = props;
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!onReached) return;
    element.current?.focus({ preventScroll: true });
    onReached();
  }, [onReached]);
  const [editing, setEditing] = useState(false);
  const rights = rightsTo(event, props);
  const mayReply = rights.reply && onReply !== undefined;
  const { session } = props;
  const mentioned = session.state === 'account' && mentions(event, session.account.username);
  return (
    <div
      ref={element}
      className={continues ? 'message continues' : 'message'}
      data-testid="message"
      data-seq={event.seq}
      data-mentioned={mentioned || undefined}
      tabIndex={-1}
    >
      <Badge name={event.username} />
      <p className="byline">
        <bdi className="name" data-hue={nameHue(event.username)} data-testid="message-name">
          {event.username}
        </bdi>
        {isAccounts(event, session) && <AccountMark />}{' '}
        {mentioned && <span className="unseen">mentions you </span>}
        <time dateTime={event.at} title={wholeTime(event.at)}>
          {clockTime(event.at)}
        </time>
      </p>
      {event.replyTo !== undefined && event.replyTo !== thread && (
        <QuotedParent parent={props.parent} seq={event.replyTo} onJump={props.onJump} />
      )}
      {editing && rights.edit ? (
        <MessageEditor
          text={event.message}
          save={(text) => actions.edit(event, text)}
          onDone={() => setEditing(false)}
        />
      ) : (
        <MessageText message={event} />
      )}
      {event.reactions && (
        <ReactionChips
          counts={event.reactions}
          own={props.own}
          disabled={rights.vote === 'no'}
          onReact={(emoji) => props.onReact(event, emoji)}
        />
      )}
      {props.replies > 0 && event.seq !== thread && (
        <ReplyCount count={props.replies} onClick={() => props.onThread(event.seq)} />
      )}
      {(rights.vote !== 'no' || mayReply) && !editing && (
        <MessageTools
          message={event}
          rights={rights}
          tally={shownTally(event, props.cast)}
          mine={props.mine}
          actions={actions}
          own={props.own}
          onReact={props.onReact}
          onReply={mayReply ? () => onReply(event) : undefined}
          onEdit={() => setEditing(true)}
        />
      )}
    </div>
  );
});

/** A receipt has no account mark. But only the reader's own account can post under its name. */
function isAccounts({ account, username }: Message, session: SessionState): boolean {
  return account === true || (session.state === 'account' && session.account.username === username);
}
