import { useCallback, useEffect, useRef, useState } from 'react';
import { authorized } from '../../account/authorized.ts';
import type { Session } from '../../account/session.ts';
import type { ListPart } from '../../administration/admin-api.ts';

/** A list that is read part by part. */
export interface AdminList<T> {
  items: readonly T[];
  hasMore: boolean;
  /** It was read, and has nothing. */
  isEmpty: boolean;
  fault: string | undefined;
  more: () => void;
  /** Runs an act of the administrator, and reads the list anew. */
  act: (act: () => Promise<unknown>) => Promise<void>;
}

const NOTHING = { items: [], next: null };

/** Reads a list of the server, and another one when `read` changes. */
export function useList<T>(
  session: Session,
  read: (from: string | undefined) => Promise<ListPart<T>>,
): AdminList<T> {
  const [part, setPart] = useState<ListPart<T>>(NOTHING);
  const latest = useRef(read);
  latest.current = read;
  const [fault, setFault] = useState<string>();
  const attempt = useCallback(
    async (act: () => Promise<unknown>) => {
      try {
        await authorized(act, () => session.recover());
        setFault(undefined);
      } catch (error) {
        setFault(error instanceof Error ? error.message : String(error));
      }
    },
    [session],
  );
  useEffect(() => {
    let isCurrent = true;
    // What an act would change must not be of the list before.
    setPart(NOTHING);
    void attempt(async () => {
      const first = await read(undefined);
      if (isCurrent) setPart(first);
    });
    return () => {
      isCurrent = false;
    };
  }, [attempt, read]);
  const more = async () => {
    const next = await read(part.next ?? undefined);
    setPart({ items: [...part.items, ...next.items], next: next.next });
  };
  return {
    items: part.items,
    hasMore: part.next !== null,
    isEmpty: part !== NOTHING && part.items.length === 0,
    fault,
    more: () => void attempt(more),
    act: (act) =>
      attempt(async () => {
        await act();
        const first = await read(undefined);
        if (latest.current === read) setPart(first);
      }),
  };
}
