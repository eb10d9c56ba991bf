import type { ChannelList } from '@parley/contract/channels/channel-list.ts';
import type { HookStore } from '../store/store.ts';
import type { HookDelivery } from './hook-delivery.ts';
import type { LogClients } from './hook-log.ts';

type Heads = ChannelList['channels'];

/** Most channels of one hook whose failures are looked at again. */
const FAILING_MAX = 1_000;

/**
 * Compares the positions of hooks with the heads of all channels, and wakes those that have events. Takes
 * a page of channels at a time.
 */
export async function comparePositions(
  deliveries: HookDelivery[],
  { chat, store }: { chat: LogClients; store: HookStore },
): Promise<void> {
  for (let after: string | null = ''; after !== null; ) {
    const page: ChannelList = await chat.outsider.channels(after);
    for (const delivery of deliveries) await wakeBehind(delivery, store, page.channels);
    after = page.next;
  }
  for (const delivery of deliveries) {
    const { log, hook } = delivery;
    // The list above has no private channels.
    const heads = log.named.length > 0 ? await chat.service()?.heads(log.named) : undefined;
    if (heads) await wakeBehind(delivery, store, heads);
    // Their channels may be deleted, and in no list.
    const failing = await store.failing(hook.id, FAILING_MAX);
    for (const { channel } of failing) delivery.wake(channel);
  }
}

async function wakeBehind(delivery: HookDelivery, store: HookStore, heads: Heads): Promise<void> {
  const chosen = heads.filter(({ channel, head }) => head > 0 && delivery.log.matches(channel));
  const names = chosen.map(({ channel }) => channel);
  const found = await store.positions(delivery.hook.id, names);
  const positions = new Map(found.map((position) => [position.channel, position]));
  for (const { channel, epoch, head } of chosen) {
    const position = positions.get(channel);
    if (position?.epoch !== epoch || position.seq < head) delivery.wake(channel);
  }
}
