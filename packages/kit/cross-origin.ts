import cors, { type CorsOptions } from 'cors';
import type { Request, RequestHandler } from 'express';
import { isSafe, listOrigins, requireAllowedPage } from './origins.ts';

/** What pages of other sites may read beside the body. */
const EXPOSED_HEADERS = ['X-Served-By', 'X-Request-Id', 'Idempotent-Replayed', 'Retry-After'];
const PREFLIGHT_SECONDS = 3_600;

/**
 * Lets pages of other sites use this server as CORS_ORIGINS says (Fetch standard, "CORS protocol"),
 * and refuses what other pages would change, and their preflights, before any route sees it.
 */
export function crossOrigin(corsOrigins: string): RequestHandler[] {
  const origins = listOrigins(corsOrigins);
  const require: RequestHandler = (request, _response, next) => {
    if (!isSafe(request.method) || isPreflight(request))
      requireAllowedPage(request.headers, origins);
    next();
  };
  if (origins.length === 0) return [require];
  const vary: RequestHandler = (_request, response, next) => {
    response.vary('Origin');
    next();
  };
  const allow = cors<Request>((request, done) => done(null, optionsFor(request, origins)));
  return [vary, allow, require];
}

/** Cookies are for the pages of origins that are named: browsers take none with `*`. */
function optionsFor(request: Request, origins: string[]): CorsOptions {
  const { origin } = request.headers;
  const named = origin !== undefined && origin !== '*' && origins.includes(origin);
  return {
    origin: named ? origin : origins.includes('*') && '*',
    credentials: named,
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    preflightContinue: !isPreflight(request),
  };
}

/** Whether a browser asks what a page may send. */
function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}
