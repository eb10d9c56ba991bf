import type { RequestHandler, Response } from 'express';
import type { Gate } from './gate.ts';
import type { Identity } from './identity.ts';

/** Finds out who makes each request, for the routes behind it. */
export function identify(gate: Gate): RequestHandler {
  return async (request, response, next) => {
    response.locals.identity = await gate.identify(request.headers);
    next();
  };
}

/** Who makes the request that is answered, behind `identify`. */
export function identityOf({ locals }: Response): Identity {
  return locals.identity as Identity;
}
