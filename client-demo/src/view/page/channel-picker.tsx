import './channel-picker.css';
import { type FormEvent, useId, useState } from 'react';
import { CHANNEL_NAME_RULE, isChannelName, typedChannel } from '../../channels/channel-name.ts';
import { pathOfChannel } from '../../channels/route.ts';
import type { Go } from './use-route.ts';

/**
 * A field for a channel's name and a button that opens the channel; `children` stand between them.
 */
export function ChannelPicker(props: {
  go: Go;
  label: string;
  button: string;
  autoFocus?: boolean;
  /** This is the page's main field. */
  main?: true;
  children?: React.ReactNode;
}) {
  const [text, setText] = useState('');
  const [fault, setFault] = useState(false);
  const id = useId();
  const open = (event: FormEvent) => {
    event.preventDefault();
    const channel = typedChannel(text);
    if (!isChannelName(channel)) return setFault(true);
    setText('');
    props.go(pathOfChannel(channel));
  };
  return (
    <form className="channel-picker" onSubmit={open} noValidate>
      <div className="field">
        <label htmlFor={id}>{props.label}</label>
        <div className="channel-field">
          <span aria-hidden="true">#</span>
          <input
            id={id}
            data-testid="channel-input"
            value={text}
            onChange={({ target }) => {
              setText(target.value);
              setFault(false);
            }}
            // biome-ignore lint/a11y/noAutofocus: the one thing to do at the start
            autoFocus={props.autoFocus}
            data-main-field={props.main}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck={false}
            enterKeyHint="go"
            aria-invalid={fault}
            aria-describedby={fault ? `${id}-fault` : undefined}
          />
        </div>
        {fault && (
          <p className="fault" id={`${id}-fault`} role="alert">
            {CHANNEL_NAME_RULE}
          </p>
        )}
      </div>
      {props.children}
      <button type="submit" className="button" data-testid="channel-open">
        {props.button}
      </button>
    </form>
  );
}
