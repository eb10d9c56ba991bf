import type { RequestHandler, Response } from 'express';
import { isSafe, requireOwnPage } from '../origins.ts';
import { type Gate, shownBy } from './gate.ts';
import type { Identity } from './identity.ts';

/**
 * Finds out who makes each request, for the routes behind it. Pages of the origins named may use the
 * cookies of whoever is signed in, beside our own.
 */
export function identify(gate: Gate, origins: string[] = []): RequestHandler {
  return (request, response, next) => {
    const goOn = (identity: Identity) => {
      response.locals.identity = identity;
      next();
    };
    const { method, headers } = request;
    const shown = shownBy(headers);
    // Most requests show nothing, and a post should not wait a turn for that.
    if (shown === undefined) return goOn(gate.guest);
    if (shown === 'cookie' && !isSafe(method)) requireOwnPage(headers, origins);
    gate.identify(headers).then(goOn, next);
  };
}

/** Who makes the request that is answered, behind `identify`. */
export function identityOf({ locals }: Response): Identity {
  return locals.identity as Identity;
}
