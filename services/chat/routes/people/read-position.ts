import { accountIdOf } from '@parley/contract/accounts/subject.ts';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { parseReadMark, type ReadPosition } from '@parley/contract/channels/read-position.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { parseJsonBody } from '@parley/kit/http/body-fields.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { type Identity, requireSubject, requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler } from 'express';
import type { Renaming } from '../../access/renaming.ts';
import type { ReadPositions } from '../../read-positions/read-positions.ts';
import type { ReadPositionStore } from '../../store/read-positions/read-position-store.ts';
import type { ChangeParts } from '../change-parts.ts';

/** `GET /chat/:channel/read`: up to which event the account has read the channel. */
export function getReadPosition(
  store: Pick<ReadPositionStore, 'position'>,
  renaming: Renaming,
): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const identity = identityOf(response);
    const channel = parseChannel(request.params.channel);
    const id = requireReader(identity, channel);
    const position: ReadPosition = { channel, seq: await store.position(id, channel) };
    if (position.seq === 0) await renaming.refuse(channel, identity);
    response.setHeader('Cache-Control', 'no-store').json(position);
  };
}

/**
 * `PUT /chat/:channel/read`: the account has read the channel up to an event. The position only goes
 * forward. A mark counts as a post.
 */
export function putReadPosition(
  readPositions: ReadPositions,
  { limit, posterOf, renaming }: ChangeParts & { renaming: Renaming },
): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const identity = identityOf(response);
    await limit?.count(posterOf(request, identity));
    const channel = parseChannel(request.params.channel);
    const id = requireReader(identity, channel);
    const seq = parseReadMark(parseJsonBody(await readBody(request), request.headers));
    const position: ReadPosition = { channel, seq: await readPositions.mark(id, channel, seq) };
    if (position.seq === 0) await renaming.refuse(channel, identity);
    response.json(position);
  };
}

/** The id of an account that may read the channel. @throws ChatError `unauthenticated` or `forbidden` */
function requireReader(identity: Identity, channel: string): string {
  const subject = requireSubject(identity, 'mark what is read');
  requireSubscribe(identity, channel);
  const id = accountIdOf(subject);
  if (id !== undefined) return id;
  throw new ChatError('forbidden', 'Only an account can mark what it has read; sign in.');
}
