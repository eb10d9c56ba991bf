import { parseVote, type VoteReceipt, type VoteValue } from '@parley/contract/events/vote.ts';
import { parseJsonBody } from '@parley/kit/http/body-fields.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import { requireSubject } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { VoteDraft } from '../store/store.ts';
import { admitChanger, type ChangeParts, parseSeq, storeChange } from './change-parts.ts';

/**
 * `PUT /chat/:channel/events/:seq/vote`: sets the voter's one vote on a message, in place of an
 * earlier vote.
 */
export function putVote(parts: ChangeParts): RequestHandler<{ channel: string; seq: string }> {
  return async (request, response) => {
    let value: VoteValue = 0;
    const { message } = await storeChange<VoteDraft>('vote', parts, async () => {
      const { channel, identity, viewer } = await admitChanger(parts, request, response);
      const by = requireSubject(identity, 'vote');
      const ref = parseSeq(request.params.seq);
      value = parseVote(parseJsonBody(await readBody(request), request.headers));
      return { channel, viewer, ref, by, admin: identity.admin, value };
    });
    const { seq, up, down } = message;
    const receipt: VoteReceipt = { seq, up, down, value };
    response.json(receipt);
  };
}
