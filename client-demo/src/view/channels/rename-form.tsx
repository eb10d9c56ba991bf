import './rename-form.css';
import { type FormEvent, useState } from 'react';
import { putName } from '../../channels/channel-api.ts';
import { isChannelName } from '../../channels/channel-name.ts';
import { faultText } from '../../request-json.ts';
import { Fault } from '../fault.tsx';

/** Gives a channel another name. Its pages move to the new address when the server announces it. */
export function RenameForm({
  channel,
  onDone,
}: {
  channel: string;
  onDone?: (() => void) | undefined;
}) {
  const [name, setName] = useState('');
  const [fault, setFault] = useState<string>();
  const wanted = name.trim().normalize('NFC');
  const rename = (event: FormEvent) => {
    event.preventDefault();
    putName(channel, wanted).then(
      () => {
        setFault(undefined);
        setName('');
        onDone?.();
      },
      (error: unknown) => setFault(faultText(error)),
    );
  };
  return (
    <form className="rename-form" onSubmit={rename}>
      <label>
        Another name for it. Its old name leads to it.
        <input
          value={name}
          onChange={({ target }) => setName(target.value)}
          autoCapitalize="none"
          autoComplete="off"
          placeholder={channel}
          data-testid="new-name"
        />
      </label>
      <button
        type="submit"
        className="quiet-button"
        disabled={!isChannelName(wanted) || wanted === channel}
        data-testid="rename"
      >
        Rename channel
      </button>
      <Fault text={fault} />
    </form>
  );
}
