import { parsePeople, parsePrivate } from '@parley/contract/channels/access.ts';
import { parseChannel } from '@parley/contract/channels/channel.ts';
import { methodsAllowed } from '@parley/kit/http/app.ts';
import { parseJsonBody } from '@parley/kit/http/body-fields.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import { identityOf } from '@parley/kit/tokens/identify.ts';
import { requireSubscribe } from '@parley/kit/tokens/identity.ts';
import type { RequestHandler, Router } from 'express';
import type { PrivateChannels } from '../access/private-channels.ts';
import { admitChanger, type ChangeParts } from './change-parts.ts';
import { logPaths } from './log-paths.ts';

/** What the routes of private channels need. */
export interface AccessParts extends ChangeParts {
  privateChannels: PrivateChannels;
}

/**
 * Adds the routes of private channels and direct messages. The caller's identity must be known
 * before. Each change counts as a post.
 */
export function addAccessRoutes(router: Router, parts: AccessParts): void {
  router
    .route(logPaths('/:channel/access'))
    .get(getAccess(parts))
    .put(putAccess(parts))
    .all(methodsAllowed('GET', 'HEAD', 'PUT'));
  router
    .route(logPaths('/:channel/members/:name'))
    .put(changeMember('add', parts))
    .delete(changeMember('remove', parts))
    .all(methodsAllowed('PUT', 'DELETE'));
  router.route('/direct').post(postDirect(parts)).all(methodsAllowed('POST'));
}

/** `GET /chat/:channel/access`: whether a channel is private, and its members. */
function getAccess({ privateChannels }: AccessParts): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const identity = identityOf(response);
    const channel = parseChannel(request.params.channel);
    requireSubscribe(identity, channel);
    const access = await privateChannels.access(channel, identity);
    response.setHeader('Cache-Control', 'no-store').json(access);
  };
}

/** `PUT /chat/:channel/access`: makes a channel private or public. */
function putAccess(parts: AccessParts): RequestHandler<{ channel: string }> {
  return async (request, response) => {
    const { channel, identity } = await admitChanger(parts, request, response);
    const isPrivate = parsePrivate(parseJsonBody(await readBody(request), request.headers));
    const access = await parts.privateChannels.setPrivate(channel, identity, isPrivate);
    response.setHeader('Cache-Control', 'no-store').json(access);
  };
}

/** `PUT` and `DELETE /chat/:channel/members/:name`: adds or removes a member. */
function changeMember(
  what: 'add' | 'remove',
  parts: AccessParts,
): RequestHandler<{ channel: string; name: string }> {
  return async (request, response) => {
    const { channel, identity } = await admitChanger(parts, request, response);
    await parts.privateChannels.changeMember(what, {
      channel,
      name: request.params.name,
      identity,
    });
    response.status(204).end();
  };
}

/** `POST /direct`: the one channel of exactly the caller and the named people. */
function postDirect({ privateChannels, limit, posterOf }: AccessParts): RequestHandler {
  return async (request, response) => {
    const identity = identityOf(response);
    await limit?.count(posterOf(request, identity));
    const names = parsePeople(parseJsonBody(await readBody(request), request.headers));
    const { made, ...access } = await privateChannels.direct(identity, names);
    response
      .status(made ? 201 : 200)
      .setHeader('Cache-Control', 'no-store')
      .json(access);
  };
}
