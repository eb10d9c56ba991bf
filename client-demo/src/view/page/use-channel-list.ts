import { useEffect, useState } from 'react';
import { type ChannelEntry, fetchChannels } from '../../channels/fetch-channels.ts';
import { AnswerError } from '../../request-json.ts';
import { useVisible } from '../state/use-visible.ts';

const REFRESH_MS = 30_000;

/** The channels, `undefined` until known; `barred` if the visitor must sign in to see them. */
export interface Listing {
  channels: ChannelEntry[] | undefined;
  barred: boolean;
}

/**
 * The channels that an account (or a guest) may see. They are read again at an interval while the
 * page is visible.
 */
export function useChannelList(account: string | undefined): Listing {
  const [listing, setListing] = useState<Listing>({ channels: undefined, barred: false });
  const visible = useVisible();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another account may know other channels
  useEffect(() => {
    if (!visible) return;
    let current = true;
    const refresh = () =>
      fetchChannels().then(
        (channels) => current && setListing({ channels, barred: false }),
        (error) => current && isUnauthenticated(error) && setListing(BARRED),
      );
    refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [visible, account]);
  return listing;
}

const BARRED: Listing = { channels: undefined, barred: true };

function isUnauthenticated(error: unknown): boolean {
  return error instanceof AnswerError && error.status === 401;
}
