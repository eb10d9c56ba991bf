import { parseChannel } from '@parley/contract/channels/channel.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireAdmin } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { Renaming } from '../access/renaming.ts';
import { actOf } from '../accounts/act-of.ts';
import type { ClosingDraft } from '../store/store.ts';
import { admitChanger, type ChangeParts, storeChange } from './change-parts.ts';

/**
 * `PUT` and `DELETE /chat/:channel/closed`: closes a channel, so that no message can be posted, or
 * reopens it.
 */
export function closeChannel(
  kind: ClosingDraft['kind'],
  parts: ChangeParts & { renaming: Renaming },
): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const { outcome } = await storeChange<ClosingDraft>(kind, parts, async () => {
      const { channel, identity, viewer } = await admitChanger(parts, request, response);
      requireAdmin(identity, `${kind} channels`);
      const at = parts.clock();
      return { channel, viewer, audit: actOf(identity, at, { act: `${kind}-channel`, channel }) };
    });
    if (outcome === 'unchanged')
      await parts.renaming.refuse(parseChannel(request.params.channel), identityOf(response));
    response.status(204).end();
  };
}
