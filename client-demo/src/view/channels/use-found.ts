import { useEffect, useState } from 'react';
import { type ChannelEntry, fetchBeginning } from '../../channels/channel-entry.ts';
import { isChannelName, typedChannel } from '../../channels/channel-name.ts';
import type { Directory } from '../../channels/directory.ts';
import { findChannels } from '../../channels/find-channels.ts';
import { useDirectory } from './use-directory.ts';

/** The server is asked when nothing was typed for this time. */
const PAUSE_MS = 200;

/** What a typed text finds. */
export interface Found {
  text: string;
  setText: (text: string) => void;
  found: ChannelEntry[];
}

/**
 * The channels that a typed text finds. When the page does not know all, it asks the server for those
 * that begin with the text.
 */
export function useFound(directory: Directory): Found {
  const { channels = [], isWhole } = useDirectory(directory);
  const [text, setText] = useState('');
  const [others, setOthers] = useState<readonly ChannelEntry[]>([]);
  const typed = typedChannel(text);
  useEffect(() => {
    if (isWhole || !isChannelName(typed)) return;
    const asking = new AbortController();
    const timer = setTimeout(() => {
      fetchBeginning(typed, asking.signal).then(setOthers, () => undefined);
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [typed, isWhole]);
  const known = new Set(channels.map(({ channel }) => channel));
  const more = text === '' ? [] : others.filter(({ channel }) => !known.has(channel));
  return { text, setText, found: findChannels([...channels, ...more], text) };
}
