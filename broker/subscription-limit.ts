import type { Aedes, Client } from 'aedes';
import { isPart } from './client-checks.ts';

/** Topic filters that a client may have that is none of the parts. */
const FILTERS_MAX = 100;
/** A channel's name has 64 characters at most. */
const FILTER_MAX_LENGTH = 512;

/** Counts the filters of each client, and says whether it may have one more. */
export interface SubscriptionLimit {
  take(client: Client, filter: string): boolean;
  /** How many a client has. */
  count(client: Client): number;
  follow(aedes: Aedes): void;
}

/** Opens the count for one broker. */
export function openSubscriptionLimit(): SubscriptionLimit {
  const filters = new WeakMap<Client, Set<string>>();
  return {
    take(client, filter) {
      const taken = filters.get(client) ?? new Set();
      filters.set(client, taken);
      const tooMuch = taken.size >= FILTERS_MAX || filter.length > FILTER_MAX_LENGTH;
      if (!isPart(client) && tooMuch && !taken.has(filter)) return false;
      taken.add(filter);
      return true;
    },
    count: (client) => filters.get(client)?.size ?? 0,
    follow(aedes) {
      aedes.on('unsubscribe', (given, client) => {
        for (const filter of given) filters.get(client)?.delete(filter);
      });
    },
  };
}
