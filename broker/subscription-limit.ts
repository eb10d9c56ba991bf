import type { Aedes, Client } from 'aedes';
import { isPart } from './client-checks.ts';

/** Topic filters that a client may have that is none of the parts. */
const FILTERS_MAX = 100;

/** Counts the filters of each client, and says whether it may have one more. */
export interface SubscriptionLimit {
  take(client: Client, filter: string): boolean;
  follow(aedes: Aedes): void;
}

/** Opens the count for one broker. */
export function openSubscriptionLimit(): SubscriptionLimit {
  const filters = new WeakMap<Client, Set<string>>();
  return {
    take(client, filter) {
      const taken = filters.get(client) ?? new Set();
      filters.set(client, taken);
      if (!isPart(client) && taken.size >= FILTERS_MAX && !taken.has(filter)) return false;
      taken.add(filter);
      return true;
    },
    follow(aedes) {
      aedes.on('unsubscribe', (given, client) => {
        for (const filter of given) filters.get(client)?.delete(filter);
      });
    },
  };
}
