import './people.css';
import { useEffect, useRef, useState } from 'react';
import { type NewChannelParts, useNewChannel } from '../channels/use-new-channel.ts';
import { Dialog } from '../dialog.tsx';
import { Fault } from '../fault.tsx';
import { NameForm, takeName } from './name-form.tsx';
import { offeredNames } from './offered-names.ts';
import { PersonList } from './person-list.tsx';

type Parts = NewChannelParts & {
  /** Those who may be meant, the likeliest first. */
  names?: () => Iterable<string>;
};

/** A button that begins a direct message, for accounts. */
export function NewMessage(props: Parts) {
  const [open, setOpen] = useState(false);
  const isAccount = Boolean(props.visitor.account);
  // The dialog must not come back with the next sign-in.
  useEffect(() => {
    if (!isAccount) setOpen(false);
  }, [isAccount]);
  if (!isAccount) return null;
  return (
    <>
      <button
        type="button"
        className="quiet-button"
        onClick={() => setOpen(true)}
        data-testid="new-message"
      >
        New message
      </button>
      {open && (
        <Dialog label="New message" testId="new-message-dialog" onClose={() => setOpen(false)}>
          {(close) => <Choice {...props} close={close} />}
        </Dialog>
      )}
    </>
  );
}

/** Chooses the people of a direct message. */
function Choice(props: Parts & { close: () => void }) {
  const { message, fault } = useNewChannel(props);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const field = useRef<HTMLInputElement>(null);
  const withName = (name: string) => (name === '' ? chosen : [...new Set([...chosen, name])]);
  const start = () => {
    const people = withName(takeName(field));
    setChosen(people);
    if (people.length === 0) field.current?.focus();
    else void message(people).then((isOpen) => isOpen && props.close());
  };
  return (
    <div className="people">
      <h2>New message</h2>
      <p>Only you and the people whom you choose will see it.</p>
      <NameForm
        field={field}
        offered={offeredNames(props.directory, props.names?.())}
        onAdd={(name) => (name === '' ? start() : setChosen(withName(name)))}
      />
      <PersonList
        names={chosen}
        onRemove={(name) => {
          setChosen(chosen.filter((one) => one !== name));
          field.current?.focus();
        }}
      />
      <Fault text={fault} />
      <button type="button" className="button" onClick={start} data-testid="new-message-start">
        Write to them
      </button>
    </div>
  );
}
