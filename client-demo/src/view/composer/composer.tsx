import './composer.css';
import type { Message } from '@parley/client';
import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { wholeTime } from '../../history/clock-time.ts';
import { countCharacters, MESSAGE_MAX, messageFault, nameFault } from '../../sending/draft.ts';
import type { Visitor } from '../account/use-visitor.ts';
import { isComposing } from '../is-composing.ts';
import { ReplyLine } from '../replies/reply-line.tsx';
import { AuthorLine } from './author-line.tsx';
import { MentionList } from './mention-list.tsx';
import { SessionLine } from './session-line.tsx';
import { TypingLine } from './typing-line.tsx';
import type { Draft } from './use-draft.ts';
import { useMention } from './use-mention.ts';
import { useTypingSignal } from './use-typing-signal.ts';

/** From this length on, the number of characters is shown. */
const COUNT_FROM = MESSAGE_MAX - 400;

/** The field for writing a message. Enter sends it, Shift+Enter begins a new line. */
export function Composer(props: {
  channel: string;
  /** The channel's name, as its readers see it. */
  title: string;
  /** It writes replies of a thread. */
  inThread?: true;
  visitor: Visitor;
  /** The channel is closed: it accepts no messages. */
  closed: boolean;
  /** Until when the visitor is muted here (ISO 8601). */
  mutedUntil: string | undefined;
  draft: Draft;
  /** The names of those who write a message now. */
  typing: readonly string[];
  onSend: (message: string) => void;
  /** The message that is answered. */
  parent?: Message | undefined;
  onCancelReply?: () => void;
  /** Those who can be mentioned, the likeliest first. */
  names: () => Iterable<string>;
  /** Called when a mention begins. */
  onMention: () => void;
}) {
  const { channel, title, visitor, closed, inThread } = props;
  const { text, setText, field } = props.draft;
  const { username } = visitor.author;
  const [asked, setAsked] = useState(false);
  const nameInput = useRef<HTMLInputElement>(null);
  const id = useId();
  const signalTyping = useTypingSignal(channel, visitor);
  const length = countCharacters(text);
  const mention = useMention({ ...props.draft, names: props.names, onBegin: props.onMention });
  const nameless = asked ? nameFault(username) : undefined;
  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) field.current?.focus();
  }, [field]);

  const send = (event?: FormEvent) => {
    event?.preventDefault();
    if (closed) return;
    if (messageFault(text) !== undefined) return field.current?.focus();
    setAsked(true);
    if (nameFault(username) !== undefined) return nameInput.current?.focus();
    props.onSend(text);
    setText('');
  };
  const onChange = (written: string) => {
    setText(written);
    if (written !== '' && !closed) signalTyping();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (mention.onKeyDown(event)) return;
    if (isComposing(event)) return;
    if (event.key === 'Escape') props.onCancelReply?.();
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      className="composer"
      onSubmit={send}
      aria-label={inThread ? 'Write a reply' : 'Write a message'}
    >
      <TypingLine names={props.typing.filter((name) => name !== username)} />
      <SessionLine visitor={visitor} />
      <AuthorLine
        visitor={visitor}
        label="You post as"
        placeholder="your name"
        fault={nameless}
        field={nameInput}
      />
      {props.parent && <ReplyLine parent={props.parent} onCancel={() => props.onCancelReply?.()} />}
      <div className="message-box" data-closed={closed || undefined}>
        <label className="unseen" htmlFor={id}>
          {inThread ? 'Reply' : 'Message'} to {title}
        </label>
        <MentionList id={`${id}-names`} choice={mention} />
        <textarea
          id={id}
          ref={field}
          data-testid="message-input"
          data-main-field={!inThread || undefined}
          rows={1}
          value={text}
          onChange={({ target }) => onChange(target.value)}
          onKeyDown={onKeyDown}
          aria-autocomplete="list"
          aria-controls={mention.names.length > 0 ? `${id}-names` : undefined}
          aria-activedescendant={
            mention.names.length > 0 ? `${id}-names-${mention.active}` : undefined
          }
          placeholder={closed ? 'This channel is closed' : inThread ? 'Reply' : `Message ${title}`}
          readOnly={closed}
          aria-disabled={closed}
          dir="auto"
          enterKeyHint="send"
          aria-invalid={length > MESSAGE_MAX}
          aria-describedby={`${id}-hint`}
        />
        <button
          type="submit"
          className="send"
          data-testid="send"
          aria-label="Send"
          aria-disabled={closed}
        >
          <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <path d="M10 16V4.500M4.8 9.3 10 4l5.2 5.3" />
          </svg>
        </button>
      </div>
      <p className="hint" id={`${id}-hint`}>
        <Hint length={length} closed={closed} mutedUntil={props.mutedUntil} />
      </p>
    </form>
  );
}

function Hint(props: { length: number; closed: boolean; mutedUntil: string | undefined }) {
  const { length, closed, mutedUntil } = props;
  if (closed) {
    return (
      <span className="closed" role="status" data-testid="closed">
        This channel is closed. You can read its messages, but not send new ones.
      </span>
    );
  }
  if (mutedUntil !== undefined) {
    return (
      <span className="fault" role="status" data-testid="muted-until">
        You are muted in this channel until {wholeTime(mutedUntil)}. You can read its messages.
      </span>
    );
  }
  if (length < COUNT_FROM) {
    return (
      <>
        <kbd>Enter</kbd> sends, <kbd>Shift</kbd>+<kbd>Enter</kbd> begins a new line
      </>
    );
  }
  return (
    <span className={length > MESSAGE_MAX ? 'fault' : ''}>
      {length} of {MESSAGE_MAX} characters
    </span>
  );
}
