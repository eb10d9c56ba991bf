import { useState } from 'react';
import type { Session } from '../../account/session.ts';
import type { Directory } from '../../channels/directory.ts';
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
      <button
        type="button"
        className="icon-button"
        aria-label="Search messages"
        title="Search messages"
        onClick={() => setOpen(true)}
        data-testid="search"
      >
        <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
          <path d="M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12Zm4.300-1.700L17 17" />
        </svg>
      </button>
      {open && <SearchDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}
