import type { Aedes, UnsubscribePacket } from 'aedes';

/**
 * Characters of the longest filter that is composed. A channel's topics are far shorter: its name
 * has at most 64 characters.
 */
const FILTER_MAX = 1_024;

/** A topic filter in the composed form (NFC), which channels' names have. */
export function composedFilter(filter: string): string {
  return filter.length > FILTER_MAX ? filter : filter.normalize('NFC');
}

/**
 * When a client unsubscribes from another form of a filter, ends its subscription to the composed
 * form.
 */
export function unsubscribeComposed(aedes: Aedes): void {
  aedes.on('unsubscribe', (given, client) => {
    const others = given.filter((filter) => composedFilter(filter) !== filter);
    if (others.length === 0) return;
    const packet = { cmd: 'unsubscribe', unsubscriptions: others.map(composedFilter) };
    client.unsubscribe(packet as UnsubscribePacket, () => undefined);
  });
}
