import { parseChannel } from '@parley/contract/channels/channel.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { Presences } from '../presence/presences.ts';
import type { Rooms } from '../rooms/rooms.ts';

/**
 * `GET /broadcast/:channel/presence`: who is in a channel, over all replicas. Needs the right to
 * read it.
 */
export function getPresence(
  presences: Presences,
  rooms: Rooms,
): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const channel = parseChannel(request.params.channel);
    const identity = identityOf(response);
    requireSubscribe(identity, channel);
    const { faces } = await rooms.look(identity, [channel]);
    const presence = await presences.look(channel, faces.get(channel));
    response.setHeader('Cache-Control', 'no-store').json(presence);
  };
}
