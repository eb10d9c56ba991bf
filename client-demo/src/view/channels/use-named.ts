import { useSyncExternalStore } from 'react';
import type { NamedChannel } from '../../channels/channel-entry.ts';
import type { Directory } from '../../channels/directory.ts';

/** A channel with what the list says about it, as far as that is known. */
export function useNamed(directory: Directory, channel: string): NamedChannel {
  const listed = useSyncExternalStore(directory.subscribe, () => directory.privateOf(channel));
  return listed ?? { channel };
}
