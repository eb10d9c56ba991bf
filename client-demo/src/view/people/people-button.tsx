import { useState } from 'react';
import { pathOfChannel } from '../../channels/route.ts';
import { Dialog } from '../dialog.tsx';
import { IconButton } from '../icon-button.tsx';
import { PeopleOfChannel, type PeopleParts } from './people-of-channel.tsx';

/** Opens the people of a channel; `isOpen`: from the start. */
export function PeopleButton(props: PeopleParts & { isOpen: boolean }) {
  const [open, setOpen] = useState(props.isOpen);
  const onClose = () => {
    setOpen(false);
    // A reload does not open it again.
    if (props.isOpen) history.replaceState(null, '', pathOfChannel(props.named.channel));
  };
  return (
    <>
      <IconButton
        label="People"
        path="M8 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-5.500 7.500a5.500 5.500 0 0 1 11 0M16 8v6M13 11h6"
        onClick={() => setOpen(true)}
        testId="people"
      />
      {open && (
        <Dialog label="People" testId="people-dialog" onClose={onClose}>
          {() => <PeopleOfChannel {...props} />}
        </Dialog>
      )}
    </>
  );
}
