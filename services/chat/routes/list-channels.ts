import { CANARY_CHANNEL } from '@parley/contract/canary.ts';
import type { ChannelList } from '@parley/contract/channel-list.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireList } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { ChatMetrics } from '../metrics.ts';
import type { Store } from '../store/store.ts';
import { parseLimit } from './query.ts';

/**
 * `GET /chat?after=&limit=&channel=`: channels by name with head and time of the last event.
 * `after` is a name, `next` the `after` of the next page or null; `channel`, repeated, asks for
 * those alone. The canaries' channel is named only to those who ask for it. Channels that the caller
 * may not read are left out, so a page may be short.
 */
export function listChannels(store: Store, metrics: ChatMetrics): RequestHandler {
  return async (request, response) => {
    const identity = identityOf(response);
    requireList(identity);
    const { after = '', limit: limitText, channel } = request.query;
    if (typeof after !== 'string')
      throw new ChatError('invalid-query', 'after must be given once.');
    const limit = parseLimit(limitText);
    metrics.logQueries.inc({ kind: 'channels' });
    const names = channel === undefined ? {} : { names: [channel].flat().map(String) };
    const states = await store.channels({ after, limit, ...names });
    const visible = states.filter(({ channel: name }) => identity.maySubscribe(name));
    const list: ChannelList = {
      channels: visible
        .filter(({ channel: name }) => channel !== undefined || name !== CANARY_CHANNEL)
        .map((state) => ({ ...state, at: new Date(state.at).toISOString() })),
      next: states.length === limit ? (states.at(-1)?.channel ?? null) : null,
    };
    response.setHeader('Cache-Control', 'no-store').json(list);
  };
}
