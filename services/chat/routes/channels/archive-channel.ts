import { ChatError } from '@parley/contract/problem.ts';
import { parseJsonBody } from '@parley/kit/http/body-fields.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import { requireAdmin } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { Renaming } from '../../access/renaming.ts';
import { actOf } from '../../accounts/act-of.ts';
import type { ClosingDraft } from '../../store/store.ts';
import { admitChanger, type ChangeParts, storeChange } from '../change-parts.ts';

/**
 * `PUT /chat/:channel/archived`: archives a channel, which closes it and leaves it out of lists, or
 * reopens an archived channel.
 */
export function archiveChannel(
  parts: ChangeParts & { renaming: Renaming },
): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const { channel, identity, viewer } = await admitChanger(parts, request, response);
    requireAdmin(identity, 'archive channels');
    const { archived } = parseJsonBody(await readBody(request), request.headers);
    if (typeof archived !== 'boolean') {
      throw new ChatError('malformed-request', 'Send {"archived": true} or {"archived": false}.');
    }
    const { outcome } = await storeChange<ClosingDraft>(
      archived ? 'close' : 'reopen',
      parts,
      async () => {
        const act = archived ? 'archive-channel' : 'unarchive-channel';
        const audit = actOf(identity, parts.clock(), { act, channel });
        return { channel, viewer, archived: true, audit };
      },
    );
    if (outcome === 'unchanged') await parts.renaming.refuse(channel, identity);
    response.status(204).end();
  };
}
