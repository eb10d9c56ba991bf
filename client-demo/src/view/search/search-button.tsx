import { useState } from 'react';
import type { Session } from '../../account/session.ts';
import type { Directory } from '../../channels/directory.ts';
import { IconButton } from '../icon-button.tsx';
import type { Go } from '../page/use-route.ts';
import { SearchDialog } from './search-dialog.tsx';

/** Opens the search. */
export function SearchButton(props: {
  channel: string;
  session: Session;
  directory: Directory;
  go: Go;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <IconButton
        label="Search messages"
        path="M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12Zm4.300-1.700L17 17"
        onClick={() => setOpen(true)}
        testId="search"
      />
      {open && <SearchDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}
