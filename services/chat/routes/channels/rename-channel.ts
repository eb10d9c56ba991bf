import { parseChannel } from '@parley/contract/channels/channel.ts';
import type { Renamed } from '@parley/contract/channels/renamed.ts';
import { parseJsonBody } from '@parley/kit/http/body-fields.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Renaming } from '../../access/renaming.ts';
import { admitChanger, type ChangeParts } from '../change-parts.ts';

/** `PUT /chat/:channel/name`: gives a channel another name, with all that belongs to it. */
export function renameChannel(
  parts: ChangeParts & { renaming: Renaming },
): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const { channel: was, identity } = await admitChanger(parts, request, response);
    const { name } = parseJsonBody(await readBody(request), request.headers);
    const channel = parseChannel(name);
    await parts.renaming.rename(was, channel, identity);
    const renamed: Renamed = { channel, was };
    response.json(renamed);
  };
}

/** Answers with `renamed` where a channel is not found because it has another name. */
export function explainRenamed(renaming: Renaming): ErrorRequestHandler<{ channel: string }> {
  return async (error, request, response, next) =>
    next(await renaming.explain(error, request.params.channel, identityOf(response)));
}
