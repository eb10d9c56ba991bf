import { parseEmoji, type ReactionReceipt } from '@parley/contract/events/reaction.ts';
import { requireSubject } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { ReactionDraft } from '../store/store.ts';
import { admitChanger, type ChangeParts, parseSeq, storeChange } from './change-parts.ts';

/**
 * `PUT` and `DELETE /chat/:channel/events/:seq/reactions/:emoji`: adds the subject's one reaction
 * of that emoji to a message, or takes it back.
 */
export function react(
  added: boolean,
  parts: ChangeParts,
): RequestHandler<{ channel: string; seq: string; emoji: string }> {
  return async (request, response) => {
    let emoji = '';
    const { message } = await storeChange<ReactionDraft>('reaction', parts, async () => {
      const { channel, identity, viewer } = await admitChanger(parts, request, response);
      const by = requireSubject(identity, 'react');
      const ref = parseSeq(request.params.seq);
      emoji = parseEmoji(request.params.emoji);
      return { channel, viewer, ref, by, admin: identity.admin, emoji, added };
    });
    const { seq, reactions = {} } = message;
    const receipt: ReactionReceipt = { seq, emoji, count: reactions[emoji] ?? 0 };
    response.json(receipt);
  };
}
