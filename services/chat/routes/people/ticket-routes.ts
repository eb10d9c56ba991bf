import type { Claims } from '@parley/contract/accounts/claims.ts';
import { parseRedeeming } from '@parley/contract/accounts/ticket.ts';
import { ChatError } from '@parley/contract/problem.ts';
import { decodeUtf8 } from '@parley/contract/utf8.ts';
import { methodsAllowed } from '@parley/kit/http/app.ts';
import { isOwnProcess } from '@parley/kit/http/own-process.ts';
import { readBody } from '@parley/kit/http/read-body.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import { identify, identityOf } from '@parley/kit/tokens/identify.ts';
import type { Identity } from '@parley/kit/tokens/identity.ts';
import { type Request, type RequestHandler, Router } from 'express';
import type { ChatMetrics } from '../../metrics.ts';
import type { PosterOf, PostLimit } from '../../post-limit.ts';
import type { Tickets } from '../../tickets/tickets.ts';

interface TicketParts {
  authenticator: Authenticator;
  origins: string[];
  metrics: ChatMetrics;
  limit: PostLimit | undefined;
  posterOf: PosterOf;
  /** Shared secret of this process. When set, a caller without it cannot redeem tickets (404). */
  ownSecret: string | undefined;
}

/** `POST /tickets` and `POST /tickets/redeem`; `tickets` is undefined without a signing key. */
export function ticketRoutes(
  tickets: Tickets | undefined,
  { authenticator, origins, metrics, limit, posterOf, ownSecret }: TicketParts,
): Router {
  // A front door blocks a path by its spelling: no other spelling may reach the same route.
  const router = Router({ caseSensitive: true });
  const postOnly = methodsAllowed('POST');
  const known = identify(authenticator, origins);
  router
    .route('/tickets')
    .post(known, postTicket(tickets, { metrics, limit, posterOf }))
    .all(postOnly);
  router
    .route('/tickets/redeem')
    .post(ofOwnProcess(ownSecret), redeemTicket(tickets, metrics))
    .all(postOnly);
  return router;
}

/**
 * `POST /tickets`: issues a ticket with which the caller can open one stream; it counts as a post.
 */
function postTicket(
  tickets: Tickets | undefined,
  { metrics, limit, posterOf }: Pick<TicketParts, 'metrics' | 'limit' | 'posterOf'>,
): RequestHandler {
  return async (request, response) => {
    const identity = identityOf(response);
    await limit?.count(posterOf(request, identity));
    const { ticket, expiresAt } = await having(tickets).issue(claimsOf(identity));
    metrics.tickets.inc({ outcome: 'issued' });
    response
      .status(201)
      .setHeader('Cache-Control', 'no-store')
      .json({ ticket, expiresAt: new Date(expiresAt).toISOString() });
  };
}

function ofOwnProcess(ownSecret: string | undefined): RequestHandler {
  return ({ headers }, _response, next) => {
    if (ownSecret !== undefined && !isOwnProcess(headers, ownSecret)) {
      throw new ChatError('not-found', 'Only Parley redeems tickets; open a stream with yours.');
    }
    next();
  };
}

/**
 * `POST /tickets/redeem`: answers with a token, by which broadcast identifies the reader that shows
 * the ticket.
 */
function redeemTicket(tickets: Tickets | undefined, metrics: ChatMetrics): RequestHandler {
  return async (request, response) => {
    try {
      const token = await having(tickets).redeem(await readTicket(request));
      metrics.tickets.inc({ outcome: 'redeemed' });
      response.setHeader('Cache-Control', 'no-store').json({ token });
    } catch (error) {
      metrics.tickets.inc({ outcome: error instanceof ChatError ? 'refused' : 'failed' });
      throw error;
    }
  };
}

function having(tickets: Tickets | undefined): Tickets {
  if (tickets) return tickets;
  throw new ChatError('not-found', 'There are no tickets here: they need TOKEN_KEY_FILE.');
}

function claimsOf({ claims }: Identity): Claims {
  if (claims) return claims;
  throw new ChatError('unauthenticated', 'A ticket needs a token or a session; sign in first.');
}

async function readTicket(request: Request): Promise<string> {
  if (!request.is('application/json')) {
    throw new ChatError('unsupported-media-type', 'Send {"ticket": "…"} as application/json.');
  }
  return parseRedeeming(decodeUtf8(await readBody(request), 'The body'));
}
