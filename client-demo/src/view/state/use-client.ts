import type { Client } from '@parley/client';
import { useSyncExternalStore } from 'react';
import type { Connection } from '../../connection/connection.ts';

/** The present client of the page's connection. */
export function useClient({ subscribe, snapshot }: Connection): Client {
  return useSyncExternalStore(subscribe, snapshot);
}
