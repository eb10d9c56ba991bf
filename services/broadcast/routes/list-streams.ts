import { CANARY_CHANNEL } from '@parley/contract/streams/canary.ts';
import type { StreamList } from '@parley/contract/streams/stream-list.ts';
import { parseLimit } from '@parley/kit/http/query.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireAdmin } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { LiveChannels } from '../channel/live-channels.ts';
import type { Hub } from '../hub.ts';
import type { Presences } from '../presence/presences.ts';

interface StreamParts {
  serverName: string;
  hub: Hub;
  /** The public channels that are live here. */
  channels: LiveChannels;
  presences: Presences;
}

/**
 * `GET /broadcast/metrics?limit=`: the public channels with the most streams of this replica, for
 * administrators who may read them.
 */
export function listStreams({ serverName, hub, channels, presences }: StreamParts): RequestHandler {
  return ({ query }, response) => {
    const identity = identityOf(response);
    requireAdmin(identity, 'list streams');
    const most = channels.all
      .map(({ name, readers, closing }) => ({ channel: name, streams: readers.all, ...closing }))
      .filter(({ channel, streams }) => streams > 0 && channel !== CANARY_CHANNEL)
      .filter(({ channel }) => identity.maySubscribe(channel))
      .sort((a, b) => b.streams - a.streams)
      .slice(0, parseLimit(query.limit));
    const list: StreamList = {
      server: serverName,
      streams: hub.streams,
      channels: most.map((one) => ({ ...one, ...presences.countsOf(one.channel) })),
    };
    response.setHeader('Cache-Control', 'no-store').json(list);
  };
}
