import type { Aedes, Client } from 'aedes';
import { isPart } from './client-checks.ts';

/** Topic filters that a client other than Parley's services may have. */
const FILTERS_MAX = 100;
/** The longest topic filter, in characters; a channel's name has at most 64. */
const FILTER_MAX_LENGTH = 512;

/** Counts the filters of each client, and decides whether it may have one more. */
export interface SubscriptionLimit {
  take(client: Client, filter: string): boolean;
  /** The number of a client's filters. */
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
