import { composedChannel } from '@parley/contract/channels/channel.ts';
import type { ChannelList } from '@parley/contract/channels/channel-list.ts';
import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import { parseLimit, parseText } from '@parley/kit/http/query.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireList } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { ChatMetrics } from '../metrics.ts';
import type { ChannelState, Store } from '../store/store.ts';

/** Channels read at once, after the first read, when the caller may not see many of them. */
const PAGE_MAX = 1_000;

/**
 * `GET /chat?after=&limit=&channel=`: channels in order of name, with head and time of the last
 * event. `after` is a name. `next` is the `after` of the next page, or null. `channel`, which may
 * be repeated, asks for the named channels only. The canaries' channel is listed only when it is
 * asked for by name. Channels that the caller may not read are left out.
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

/**
 * The first `count` channels that the caller may read. No other name is shown, not even in `next`.
 */
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
