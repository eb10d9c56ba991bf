import type { RequestHandler } from 'express';
import type { Removal } from '../../access/removal.ts';
import { admitChanger, type ChangeParts } from '../change-parts.ts';

/** `DELETE /chat/:channel`: deletes a channel with all that belongs to it. */
export function deleteChannel(
  parts: ChangeParts & { removal: Removal },
): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const { channel, identity } = await admitChanger(parts, request, response);
    await parts.removal.delete(channel, identity);
    response.status(204).end();
  };
}
