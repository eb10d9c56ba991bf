import { useEffect, useState } from 'react';
import { type ChannelEntry, fetchChannels } from '../fetch-channels.ts';
import { useVisible } from './use-visible.ts';

const REFRESH_MS = 30_000;

/** The channels there are, `undefined` until known; asked again now and then while visible. */
export function useChannelList(): ChannelEntry[] | undefined {
  const [channels, setChannels] = useState<ChannelEntry[]>();
  const visible = useVisible();
  useEffect(() => {
    if (!visible) return;
    let current = true;
    const refresh = () =>
      fetchChannels().then(
        (list) => current && setChannels(list),
        () => {},
      );
    refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [visible]);
  return channels;
}
