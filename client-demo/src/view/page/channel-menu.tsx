import './channel-menu.css';
import { type FormEvent, useState } from 'react';
import { archive, deleteChannel } from '../../channels/channel-api.ts';
import { RenameForm } from '../channels/rename-form.tsx';
import { Fault } from '../fault.tsx';
import { useFold } from '../state/use-fold.ts';
import { ClosingButton } from './closing-button.tsx';

/** What administrators can do with a channel: close, archive, rename or delete it. */
export function ChannelMenu(props: {
  channel: string;
  closed: boolean;
  archived: boolean;
  /** Called after each change. */
  onDone?: () => void;
}) {
  const { channel, closed, archived } = props;
  const { ref, onKeyDown } = useFold();
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState<string>();
  const attempt = (change: Promise<void>) =>
    void change.then(
      () => {
        setFault(undefined);
        props.onDone?.();
      },
      (error: Error) => setFault(error.message),
    );
  const remove = (event: FormEvent) => {
    event.preventDefault();
    attempt(deleteChannel(channel));
  };
  return (
    <details className="settings-menu channel-menu" ref={ref} onKeyDown={onKeyDown}>
      <summary className="quiet-button" aria-label={`Manage ${channel}`} data-testid="channel-menu">
        Manage
      </summary>
      <div className="panel">
        <div>
          <ClosingButton channel={channel} closed={closed} onDone={props.onDone} />
        </div>
        {!archived && (
          <div className="switch-hint">
            <button
              type="button"
              className="quiet-button"
              onClick={() => attempt(archive(channel))}
              data-testid="archive"
            >
              Archive channel
            </button>
            <p>It takes no more messages, and lists leave it out.</p>
          </div>
        )}
        <div className="switch-hint">
          <RenameForm channel={channel} onDone={props.onDone} />
        </div>
        <form className="switch-hint" onSubmit={remove}>
          <label>
            To delete it with all messages, type its name:
            <input
              value={typed}
              onChange={({ target }) => setTyped(target.value)}
              autoCapitalize="none"
              autoComplete="off"
              placeholder={channel}
              data-testid="delete-name"
            />
          </label>
          <button
            type="submit"
            className="quiet-button harm"
            disabled={typed !== channel}
            data-testid="delete-channel"
          >
            Delete channel
          </button>
        </form>
        <Fault text={fault} />
      </div>
    </details>
  );
}
