import { useSyncExternalStore } from 'react';
import type { Directory, Listing } from '../../channels/directory.ts';

/** The present list of channels. */
export function useDirectory({ subscribe, snapshot }: Directory): Listing {
  return useSyncExternalStore(subscribe, snapshot);
}
