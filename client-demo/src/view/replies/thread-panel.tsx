import './thread-panel.css';
import { type KeyboardEvent, useEffect, useId, useRef } from 'react';
import type { TextStorage } from '../../browser-storage.ts';
import { pathOfChannel } from '../../channels/route.ts';
import type { Ballot } from '../../messages/ballot.ts';
import type { Outbox } from '../../sending/outbox.ts';
import type { Visitor } from '../account/use-visitor.ts';
import { Composer } from '../composer/composer.tsx';
import { useDraft } from '../composer/use-draft.ts';
import { isComposing } from '../is-composing.ts';
import { useJump } from '../jump/use-jump.ts';
import { ChannelLog } from '../log/channel-log.tsx';
import type { Go } from '../page/use-route.ts';
import type { OpenChannel } from '../state/use-channel.ts';
import { useFollow } from '../state/use-follow.ts';
import type { RowPlaces } from '../state/use-list-window.ts';
import { useThread } from './use-thread.ts';

const NONE_TYPING: readonly string[] = [];

/** Whether an open thread covers its channel: the window has no space for both (thread-panel.css). */
export function coversChannel(): boolean {
  return matchMedia('(width < 68rem)').matches;
}

/** A thread beside its channel, or over it: the parent, the replies, and a field for another reply. */
export function ThreadPanel(props: {
  channel: string;
  /** The channel's name, as its readers see it. */
  title: string;
  /** The seq of the message that began the thread. */
  parent: number;
  open: OpenChannel;
  visitor: Visitor;
  outbox: Outbox;
  ballot: Ballot;
  drafts: TextStorage;
  /** Those who can be mentioned. */
  names: () => Iterable<string>;
  /** Called when a mention begins. */
  onMention: () => void;
  mutedUntil: string | undefined;
  /** Opens another thread. */
  onThread: (seq: number) => void;
  go: Go;
}) {
  const { channel, parent, visitor, outbox, go } = props;
  const thread = useThread(props.open, parent, outbox);
  const draft = useDraft(`${channel}#${parent}`, props);
  const list = useRef<HTMLDivElement>(null);
  const places = useRef<RowPlaces>(undefined);
  const follow = useFollow(list, places, false);
  const jump = useJump(thread, follow, places);
  const panel = useFocus(parent);
  const id = useId();

  const close = () => go(pathOfChannel(channel));
  // Only the first message of a thread quotes another one, which the thread does not have.
  const toQuoted = async (seq: number) => {
    go(pathOfChannel(channel, seq));
    return true;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const isUsed = event.defaultPrevented || isComposing(event);
    if (event.key === 'Escape' && !isUsed) close();
  };
  const send = (message: string) => {
    const after = props.open.history.events.at(-1)?.seq ?? 0;
    outbox.add({ channel, ...visitor.author, message, after, replyTo: parent });
    jump.toEnd();
  };
  return (
    <section
      className="thread"
      ref={panel}
      tabIndex={-1}
      aria-labelledby={id}
      onKeyDown={onKeyDown}
      data-testid="thread"
    >
      <header>
        <h2 id={id}>Thread</h2>
        <button
          type="button"
          className="icon-button"
          onClick={close}
          aria-label="Close thread"
          data-testid="close-thread"
        >
          <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <path d="m5 5 10 10M15 5 5 15" />
          </svg>
        </button>
      </header>
      {thread.refusal?.status === 404 ? (
        <p className="fault" role="alert">
          {thread.refusal.message}
        </p>
      ) : (
        <ChannelLog
          {...props}
          open={thread}
          list={list}
          places={places}
          follow={follow}
          jump={{ ...jump, to: toQuoted }}
          unread={0}
          since={undefined}
          onEdit={draft.edit}
        />
      )}
      <Composer
        channel={channel}
        title={props.title}
        inThread
        visitor={visitor}
        closed={thread.history.closing.closed}
        mutedUntil={props.mutedUntil}
        draft={draft}
        typing={NONE_TYPING}
        names={props.names}
        onMention={props.onMention}
        onSend={send}
      />
    </section>
  );
}

/** Gives the panel the focus, and afterwards the number of replies from which one came. */
function useFocus(parent: number) {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!panel.current?.contains(document.activeElement)) panel.current?.focus();
    return () => {
      const log = document.querySelector('.channel > .messages');
      const count = log?.querySelector<HTMLElement>(`[data-seq="${parent}"] .reply-count`);
      (count ?? log?.querySelector<HTMLElement>('.scroller'))?.focus({ preventScroll: true });
    };
  }, [parent]);
  return panel;
}
