import type { RequestHandler, Response } from 'express';
import type { Gate } from './gate.ts';
import type { Identity } from './identity.ts';

/** Finds out who makes each request, for the routes behind it. */
export function identify(gate: Gate): RequestHandler {
  return (request, response, next) => {
    const goOn = (identity: Identity) => {
      response.locals.identity = identity;
      next();
    };
    // Most requests have none, and a post should not wait a turn for that.
    if (request.headers.authorization === undefined) goOn(gate.guest);
    else gate.identify(request.headers).then(goOn, next);
  };
}

/** Who makes the request that is answered, behind `identify`. */
export function identityOf({ locals }: Response): Identity {
  return locals.identity as Identity;
}
