import { useCallback, useRef, useState } from 'react';
import { readAccess } from '../../channels/channel-api.ts';
import type { NamedChannel } from '../../channels/channel-entry.ts';
import type { Directory } from '../../channels/directory.ts';
import { shownPart } from '../../history/channel-history.ts';
import type { Visitor } from '../account/use-visitor.ts';
import type { OpenChannel } from '../state/use-channel.ts';
import { offeredNames } from './offered-names.ts';

const NONE: readonly string[] = [];

/**
 * The names that can be meant in a channel, the likeliest first: those who spoke in what the page has
 * read, those who read it now, the members of a private channel, and the people of direct channels.
 * `read` asks the server for the members.
 */
export function useNames(
  named: NamedChannel,
  { history, presence }: OpenChannel,
  { visitor, directory }: { visitor: Visitor; directory: Directory },
): { names: () => Set<string>; read: () => void } {
  const { channel } = named;
  const isPrivate = named.private === true && Boolean(visitor.account);
  const [members, setMembers] = useState(NONE);
  const isReading = useRef(false);
  const read = useCallback(() => {
    if (!isPrivate || isReading.current) return;
    isReading.current = true;
    readAccess(channel)
      .then((access) => setMembers(access?.members ?? NONE))
      .catch(() => undefined)
      .finally(() => {
        isReading.current = false;
      });
  }, [channel, isPrivate]);
  const names = () => {
    const spoke = (events: typeof history.events) =>
      events.map(({ username }) => username).reverse();
    const near = [...spoke(history.events), ...(presence?.here ?? NONE)];
    const further = [...spoke(shownPart(history).events), ...(isPrivate ? members : NONE)];
    const all = offeredNames(directory, [...near, ...further]);
    all.delete(visitor.author.username);
    return all;
  };
  return { names, read };
}
