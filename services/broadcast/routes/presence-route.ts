import { parseChannel } from '@parley/contract/channels/channel.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { Access } from '../access/access.ts';
import type { Presences } from '../presence/presences.ts';

/**
 * `GET /broadcast/:channel/presence`: who is in a channel, over all replicas. Needs the right to
 * read it.
 */
export function getPresence(
  presences: Presences,
  access: Access,
): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const channel = parseChannel(request.params.channel);
    const identity = identityOf(response);
    requireSubscribe(identity, channel);
    const { sides } = await access.look(identity, [channel]);
    const presence = await presences.look(channel, sides.get(channel));
    response.setHeader('Cache-Control', 'no-store').json(presence);
  };
}
