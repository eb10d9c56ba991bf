import type { RequestHandler, Response } from 'express';
import { type Gate, shownBy } from './gate.ts';
import type { Identity } from './identity.ts';
import { requireOwnPage } from './own-page.ts';

/** Those that change nothing (RFC 9110 section 9.2.1). */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

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
    if (shown === 'cookie' && !SAFE_METHODS.has(method)) requireOwnPage(headers, origins);
    gate.identify(headers).then(goOn, next);
  };
}

/** Who makes the request that is answered, behind `identify`. */
export function identityOf({ locals }: Response): Identity {
  return locals.identity as Identity;
}
