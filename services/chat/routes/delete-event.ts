import { requireSubject } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import { actOf } from '../accounts/act-of.ts';
import type { DeleteDraft } from '../store/store.ts';
import { admitChanger, type ChangeParts, parseSeq, storeChange } from './change-parts.ts';

/**
 * `DELETE /chat/:channel/events/:seq`: removes the text, the votes and the reactions of a message; its
 * position in the log stays.
 */
export function deleteEvent(parts: ChangeParts): RequestHandler<{ channel: string; seq: string }> {
  return async (request, response) => {
    await storeChange<DeleteDraft>('delete', parts, async () => {
      const { channel, identity, viewer } = await admitChanger(parts, request, response);
      const by = requireSubject(identity, 'delete');
      const ref = parseSeq(request.params.seq);
      const { admin } = identity;
      const act = { act: 'delete-message', channel, detail: `message ${ref}` };
      const audit = admin ? actOf(identity, parts.clock(), act) : undefined;
      return { channel, viewer, ref, by, admin, ...(audit && { audit }) };
    });
    response.status(204).end();
  };
}
