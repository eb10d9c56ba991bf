import { useRef, useState } from 'react';
import { authorized } from '../../account/authorized.ts';
import type { Session } from '../../account/session.ts';
import { type SearchPage, searchMessages } from '../../search/search-api.ts';

/** A search: its words, the channel (all, if undefined), and what it has found up to now. */
export interface Search extends SearchPage {
  words: string;
  channel: string | undefined;
}

/** Searches, page by page; a later search ends an earlier one. */
export function useSearch(session: Session) {
  const [found, setFound] = useState<Search>();
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const latest = useRef(0);

  const read = async (words: string, channel: string | undefined, known?: Search) => {
    latest.current += 1;
    const number = latest.current;
    setBusy(true);
    setFault(undefined);
    try {
      const page = await authorized(
        () => searchMessages(words, { channel, before: known?.next ?? null }),
        () => session.recover(),
      );
      if (number !== latest.current) return;
      const results = [...(known?.results ?? []), ...page.results];
      setFound({ ...page, words, channel, results });
    } catch (error) {
      if (number !== latest.current) return;
      setFault(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };
  return {
    found,
    fault,
    busy,
    search: (words: string, channel: string | undefined) => void read(words, channel),
    more: () => found && void read(found.words, found.channel, found),
  };
}
