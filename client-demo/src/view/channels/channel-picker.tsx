import './channel-picker.css';
import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { CHANNEL_NAME_RULE, isChannelName, typedChannel } from '../../channels/channel-name.ts';
import { pathOfChannel } from '../../channels/route.ts';
import { Fault } from '../fault.tsx';
import { type NewChannelParts, useNewChannel } from './use-new-channel.ts';

/**
 * A field for a channel's name and a button that opens the channel, or makes a private one; `children`
 * stand between them.
 */
export function ChannelPicker(
  props: NewChannelParts & {
    /** What is typed; the list of channels below shows what it finds. */
    text: string;
    setText: (text: string) => void;
    /** How many channels the text finds. */
    found: number;
    label: string;
    button: string;
    autoFocus?: boolean;
    /** This is the page's main field. */
    main?: true;
    children?: React.ReactNode;
  },
) {
  const { text, setText, autoFocus } = props;
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (autoFocus) field.current?.focus();
  }, [autoFocus]);
  const [isPrivate, setPrivate] = useState(false);
  const { fault, setFault, makePrivate } = useNewChannel(props);
  const id = useId();
  const reset = () => {
    setText('');
    setPrivate(false);
  };
  const open = (event: FormEvent) => {
    event.preventDefault();
    const channel = typedChannel(text);
    if (!isChannelName(channel)) return setFault(CHANNEL_NAME_RULE);
    if (isPrivate) return void makePrivate(channel).then((isMade) => isMade && reset());
    reset();
    props.go(pathOfChannel(channel));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    document.querySelector<HTMLElement>('.channel-list a')?.focus();
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
              setFault(undefined);
            }}
            onKeyDown={onKeyDown}
            ref={field}
            data-main-field={props.main}
            autoCapitalize="none"
            autoComplete="off"
            spellCheck="false"
            enterKeyHint="go"
            aria-invalid={fault !== undefined}
            aria-describedby={fault === undefined ? undefined : `${id}-fault`}
          />
        </div>
        <Fault text={fault} id={`${id}-fault`} />
      </div>
      <span className="unseen" role="status">
        {text !== '' && `${props.found} ${props.found === 1 ? 'channel' : 'channels'} found`}
      </span>
      {props.children}
      {props.visitor.account && (
        <label className="private-choice">
          <input
            type="checkbox"
            checked={isPrivate}
            onChange={({ target }) => setPrivate(target.checked)}
            data-testid="channel-private"
          />{' '}
          Private: for people you add
        </label>
      )}
      <button type="submit" className="button" data-testid="channel-open">
        {isPrivate ? 'Create' : props.button}
      </button>
    </form>
  );
}
