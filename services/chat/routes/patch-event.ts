import { parseMessageText } from '@parley/contract/events/message.ts';
import { parseJsonBody } from '@parley/kit/http/body-fields.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import { requireSubject } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { EditDraft } from '../store/store.ts';
import { admitChanger, type ChangeParts, parseSeq, storeChange } from './change-parts.ts';

/**
 * `PATCH /chat/:channel/events/:seq`: changes the text of the author's own message, and answers
 * with the message.
 */
export function patchEvent(parts: ChangeParts): RequestHandler<{ channel: string; seq: string }> {
  return async (request, response) => {
    const { message } = await storeChange<EditDraft>('edit', parts, async () => {
      const { channel, identity, viewer } = await admitChanger(parts, request, response);
      const by = requireSubject(identity, 'edit');
      const ref = parseSeq(request.params.seq);
      const { message: text } = parseJsonBody(await readBody(request), request.headers);
      return { channel, viewer, ref, by, admin: identity.admin, message: parseMessageText(text) };
    });
    response.json(message);
  };
}
