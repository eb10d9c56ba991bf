import type { Aedes, UnsubscribePacket } from 'aedes';

/** The longest topic of a channel has far fewer: its name has at most 64 characters. */
const FILTER_MAX = 1_024;

/** A topic filter in the composed form (NFC), in which channels' names are. */
export function composedFilter(filter: string): string {
  return filter.length > FILTER_MAX ? filter : filter.normalize('NFC');
}

/** Ends the subscription to a filter's composed form where a client unsubscribes from another form of it. */
export function unsubscribeComposed(aedes: Aedes): void {
  aedes.on('unsubscribe', (given, client) => {
    const others = given.filter((filter) => composedFilter(filter) !== filter);
    if (others.length === 0) return;
    const packet = { cmd: 'unsubscribe', unsubscriptions: others.map(composedFilter) };
    client.unsubscribe(packet as UnsubscribePacket, () => undefined);
  });
}
