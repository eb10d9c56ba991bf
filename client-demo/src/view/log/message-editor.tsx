import './message-editor.css';
import { type FormEvent, type KeyboardEvent, useLayoutEffect, useRef, useState } from 'react';
import { messageFault } from '../../sending/draft.ts';
import { isComposing } from '../is-composing.ts';

/** Edits the reader's own message. Enter saves the new text, Escape keeps the old one. */
export function MessageEditor(props: {
  text: string;
  save: (text: string) => Promise<unknown>;
  onDone: () => void;
}) {
  const [text, setText] = useState(props.text);
  const [fault, setFault] = useState<string>();
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    field.current?.focus();
    field.current?.setSelectionRange(-1, -1);
  }, []);
  const save = async (event?: FormEvent) => {
    event?.preventDefault();
    if (messageFault(text) !== undefined) return field.current?.focus();
    try {
      if (text !== props.text) await props.save(text);
      props.onDone();
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      props.onDone();
    }
    if (event.key === 'Enter' && !event.shiftKey) save(event);
  };
  return (
    <form className="message-editor" onSubmit={save}>
      <textarea
        ref={field}
        rows={1}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={onKeyDown}
        dir="auto"
        aria-label="Your message"
        aria-invalid={messageFault(text) === 'too-long'}
        data-testid="edit-input"
      />
      <div className="buttons">
        <button type="submit" className="quiet-button">
          Save
        </button>
        <button type="button" className="quiet-button" onClick={props.onDone}>
          Cancel
        </button>
        {fault !== undefined && (
          <span className="fault" role="alert">
            {fault}
          </span>
        )}
      </div>
    </form>
  );
}
