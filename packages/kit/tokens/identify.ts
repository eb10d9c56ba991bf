import type { IncomingMessage } from 'node:http';
import type { RequestHandler, Response } from 'express';
import { isSafe, requireOwnPage } from '../http/origins.ts';
import { type Authenticator, shownBy } from './authenticator.ts';
import type { Identity } from './identity.ts';

/** Finds the identity of a request; at once where the request shows none. */
export type FindIdentity = (request: IncomingMessage) => Identity | Promise<Identity>;

/**
 * Opens the search for the identities of requests. Pages of `origins` and our own pages may use the
 * cookies of a signed-in visitor.
 */
export function openIdentity(authenticator: Authenticator, origins: string[] = []): FindIdentity {
  return ({ method, headers }) => {
    const shown = shownBy(headers);
    if (shown === undefined) return authenticator.guest;
    if (shown === 'cookie' && !isSafe(method)) requireOwnPage(headers, origins);
    return authenticator.identify(headers);
  };
}

/** Finds the identity of each request, for the routes behind it. */
export function identify(authenticator: Authenticator, origins: string[] = []): RequestHandler {
  const find = openIdentity(authenticator, origins);
  return (request, response, next) => {
    const goOn = (identity: Identity) => {
      response.locals.identity = identity;
      next();
    };
    const found = find(request);
    // Most requests show no identity, and must not wait for a turn of the event loop because of that.
    if (found instanceof Promise) found.then(goOn, next);
    else goOn(found);
  };
}

/** The identity of the request, set by `identify`. */
export function identityOf({ locals }: Response): Identity {
  return locals.identity as Identity;
}
