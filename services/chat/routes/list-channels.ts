import { CANARY_CHANNEL } from '@parley/contract/canary.ts';
import { composedChannel } from '@parley/contract/channel.ts';
import type { ChannelList } from '@parley/contract/channel-list.ts';
import { parseLimit, parseText } from '@parley/kit/query.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireList } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { ChatMetrics } from '../metrics.ts';
import type { ChannelState, Store } from '../store/store.ts';

/** Read at once where many channels are not for the caller. */
const PAGE_MAX = 1_000;

/**
 * `GET /chat?after=&limit=&channel=`: channels by name with head and time of the last event.
 * `after` is a name, `next` the `after` of the next page or null; `channel`, repeated, asks for
 * those alone. The canaries' channel is named only to those who ask for it. Channels that the caller
 * may not read are left out.
 */
export function listChannels(store: Store, metrics: ChatMetrics): RequestHandler {
  return async (request, response) => {
    const identity = identityOf(response);
    requireList(identity);
    const { limit: limitText, channel } = request.query;
    const after = parseText('after', request.query.after ?? '');
    const limit = parseLimit(limitText);
    const names =
      channel === undefined
        ? {}
        : { names: [channel].flat().map((name) => composedChannel(parseText('channel', name))) };
    const isVisible = ({ channel: name }: ChannelState) =>
      identity.maySubscribe(name) && (channel !== undefined || name !== CANARY_CHANNEL);
    const read = (name: string, size: number) => {
      metrics.logQueries.inc({ kind: 'channels' });
      return store.channels({ after: name, limit: size, ...names });
    };
    const from = composedChannel(after);
    const found = await findVisible(read, { after: from, isVisible, count: limit + 1 });
    const list: ChannelList = {
      channels: found
        .slice(0, limit)
        .map((state) => ({ ...state, at: new Date(state.at).toISOString() })),
      next: found.length > limit ? (found[limit - 1]?.channel ?? null) : null,
    };
    response.setHeader('Cache-Control', 'no-store').json(list);
  };
}

/** The first so many channels that the caller may know of; names of others are not told, in `next` either. */
async function findVisible(
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
