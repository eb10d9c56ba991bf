import type { RequestHandler, Response } from 'express';
import { isSafe, requireOwnPage } from '../http/origins.ts';
import { type Authenticator, shownBy } from './authenticator.ts';
import type { Identity } from './identity.ts';

/**
 * Finds the identity of each request, for the routes behind it. Pages of `origins` and our own
 * pages may use the cookies of a signed-in visitor.
 */
export function identify(authenticator: Authenticator, origins: string[] = []): RequestHandler {
  return (request, response, next) => {
    const goOn = (identity: Identity) => {
      response.locals.identity = identity;
      next();
    };
    const { method, headers } = request;
    const shown = shownBy(headers);
    // Most requests show no identity, and a post must not wait for an event-loop turn because of
    // that.
    if (shown === undefined) return goOn(authenticator.guest);
    if (shown === 'cookie' && !isSafe(method)) requireOwnPage(headers, origins);
    authenticator.identify(headers).then(goOn, next);
  };
}

/** The identity of the request, set by `identify`. */
export function identityOf({ locals }: Response): Identity {
  return locals.identity as Identity;
}
