import './search-dialog.css';
import { type FormEvent, useId, useState } from 'react';
import type { Session } from '../../account/session.ts';
import type { Directory } from '../../channels/directory.ts';
import { Fault } from '../fault.tsx';
import type { Go } from '../page/use-route.ts';
import { useDialog } from '../state/use-dialog.ts';
import { SearchResultLink } from './search-result.tsx';
import { useSearch } from './use-search.ts';

/** Finds messages of the channel or of all channels, and leads to them. */
export function SearchDialog(props: {
  channel: string;
  session: Session;
  directory: Directory;
  go: Go;
  onClose: () => void;
}) {
  const { channel } = props;
  const [words, setWords] = useState('');
  const [everywhere, setEverywhere] = useState(false);
  const { found, fault, busy, search, more } = useSearch(props.session);
  const dialog = useDialog();
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (words.trim() !== '') search(words, everywhere ? undefined : channel);
  };
  const go = (path: string) => {
    dialog.current?.close();
    props.go(path);
  };
  return (
    <dialog
      className="search-dialog"
      ref={dialog}
      onClose={props.onClose}
      aria-label="Search messages"
      data-testid="search-dialog"
    >
      <form onSubmit={submit}>
        <input
          type="search"
          aria-label="Words to search for"
          aria-describedby={`${id}-hint`}
          placeholder="Search messages"
          value={words}
          onChange={({ target }) => setWords(target.value)}
          enterKeyHint="search"
          data-testid="search-input"
        />
        <button type="submit" className="button">
          Search
        </button>
        <label>
          <input
            type="checkbox"
            checked={everywhere}
            onChange={({ target }) => setEverywhere(target.checked)}
            data-testid="search-everywhere"
          />{' '}
          In all channels
        </label>
      </form>
      <p className="search-hint" id={`${id}-hint`}>
        Also <code>"two words"</code>, <code>begin*</code>, <code>from:name</code>,{' '}
        <code>before:2026-11-01</code>, <code>after:2026-11-01</code>
      </p>
      <p className="search-state" role="status">
        {busy ? 'Searching…' : found && stateText(found.results.length, found.next !== null)}
        {found?.indexing && ' Older messages are still being indexed.'}
      </p>
      <Fault text={fault} />
      {found && (
        <ul>
          {found.results.map((result) => (
            <li key={`${result.channel} ${result.id}`}>
              <SearchResultLink result={result} directory={props.directory} go={go} />
            </li>
          ))}
        </ul>
      )}
      {found && found.next !== null && (
        <button type="button" className="quiet-button" onClick={more} aria-disabled={busy}>
          More
        </button>
      )}
    </dialog>
  );
}

function stateText(count: number, isPart: boolean): string {
  if (count === 0) return isPart ? 'Nothing found yet.' : 'Nothing found.';
  return `${count}${isPart ? ' or more' : ''} found, the newest first.`;
}
