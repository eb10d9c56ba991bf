import './composer.css';
import { type FormEvent, type KeyboardEvent, type RefObject, useId, useRef, useState } from 'react';
import { countCharacters, MESSAGE_MAX, messageFault, nameFault } from '../draft.ts';
import { NameField } from './name-field.tsx';
import type { Person } from './use-stored-name.ts';

/** From so many characters on, the count is shown. */
const COUNT_FROM = MESSAGE_MAX - 400;

/** Where a message is written. Enter sends it, Shift+Enter begins a new line. */
export function Composer(props: {
  channel: string;
  person: Person;
  text: string;
  setText: (text: string) => void;
  field: RefObject<HTMLTextAreaElement | null>;
  onSend: (message: string) => void;
}) {
  const { channel, person, text, setText } = props;
  const [asked, setAsked] = useState(false);
  const nameInput = useRef<HTMLInputElement>(null);
  const id = useId();
  const length = countCharacters(text);
  const nameless = asked ? nameFault(person.name) : undefined;

  const send = (event?: FormEvent) => {
    event?.preventDefault();
    if (messageFault(text) !== undefined) return props.field.current?.focus();
    setAsked(true);
    if (nameFault(person.name) !== undefined) return nameInput.current?.focus();
    props.onSend(text);
    setText('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const composing = event.nativeEvent.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || event.shiftKey || composing) return;
    event.preventDefault();
    send();
  };

  return (
    <form className="composer" onSubmit={send} aria-label="Write a message">
      <NameField
        person={person}
        label="You speak as"
        placeholder="your name"
        fault={nameless}
        field={nameInput}
      />
      <div className="message-box">
        <label className="unseen" htmlFor={id}>
          Message to #{channel}
        </label>
        <textarea
          id={id}
          ref={props.field}
          data-testid="message-input"
          rows={1}
          value={text}
          onChange={({ target }) => setText(target.value)}
          onKeyDown={onKeyDown}
          placeholder={`Message #${channel}`}
          dir="auto"
          enterKeyHint="send"
          aria-invalid={length > MESSAGE_MAX}
          aria-describedby={`${id}-hint`}
        />
        <button type="submit" className="send" data-testid="send" aria-label="Send">
          <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
            <path d="M10 16V4.500M4.8 9.3 10 4l5.2 5.3" />
          </svg>
        </button>
      </div>
      <p className="hint" id={`${id}-hint`}>
        {length < COUNT_FROM ? (
          <>
            <kbd>Enter</kbd> sends, <kbd>Shift</kbd>+<kbd>Enter</kbd> begins a new line
          </>
        ) : (
          <span className={length > MESSAGE_MAX ? 'fault' : ''}>
            {length} of {MESSAGE_MAX} characters
          </span>
        )}
      </p>
    </form>
  );
}
