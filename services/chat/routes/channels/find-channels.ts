import { EVERY_PRIVATE_CHANNEL } from '@parley/kit/viewer.ts';
import { RECENT_MAX, type RecentChannels } from '../../log/recent-channels.ts';
import type { OpenedStore } from '../../store/opened-store.ts';
import type { ChannelQuery, ChannelState } from '../../store/store.ts';

/** The private channels of the caller; of an account those with the newest events, of a service by name. */
const PRIVATE = { after: '', limit: 1_000, onlyPrivate: true };
/** Channels read at once, after the first read, when the caller may not see many of them. */
const PAGE_MAX = 1_000;

/**
 * The channels with the newest events that the caller may read. When these are few among the recent
 * ones, others follow in order of name.
 */
export async function findRecent(
  { store, recent }: { store: OpenedStore; recent: RecentChannels },
  wanted: Pick<ChannelQuery, 'viewer' | 'onlyPrivate'> & {
    isVisible: (state: ChannelState) => boolean;
    count: number;
  },
): Promise<ChannelState[]> {
  const { isVisible, count, ...choice } = wanted;
  const open = choice.onlyPrivate ? [] : await recent.list();
  const isAccount = choice.viewer !== EVERY_PRIVATE_CHANNEL;
  const own =
    choice.viewer === null
      ? []
      : await store.channels({ ...choice, ...PRIVATE, newestFirst: isAccount });
  const known = [...own, ...open].filter(isVisible).sort(byNewest);
  const names = new Set([...new Set(known.map(({ channel }) => channel))].slice(0, count));
  // The recent ones are a few seconds old: a channel may be private or archived by now.
  const found = (await store.channels({ after: '', limit: count, ...choice, names: [...names] }))
    .filter(isVisible)
    .sort(byNewest);
  if (open.length < RECENT_MAX || names.size === count) return found;
  const others = await findVisible(
    (name, limit) => store.channels({ after: name, limit, ...choice }),
    {
      after: '',
      isVisible: (state) => isVisible(state) && !names.has(state.channel),
      count: count - names.size,
    },
  );
  return [...found, ...others];
}

const byNewest = (a: ChannelState, b: ChannelState) => b.at - a.at;

/**
 * The first `count` channels that the caller may read. No other name is shown, not even in `next`.
 */
export async function findVisible(
  read: (after: string, limit: number) => Promise<ChannelState[]>,
  wanted: { after: string; isVisible: (state: ChannelState) => boolean; count: number },
): Promise<ChannelState[]> {
  const found: ChannelState[] = [];
  let { after } = wanted;
  for (let size = wanted.count; ; size = PAGE_MAX) {
    const states = await read(after, size);
    found.push(...states.filter(wanted.isVisible));
    if (found.length >= wanted.count || states.length < size) return found.slice(0, wanted.count);
    after = states.at(-1)?.channel ?? after;
  }
}
