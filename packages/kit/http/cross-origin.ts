import cors, { type CorsOptions } from 'cors';
import type { Request, RequestHandler } from 'express';
import { isSafe, listOrigins, requireAllowedPage } from './origins.ts';

/** Headers that pages of other sites may read. */
const EXPOSED_HEADERS = ['X-Served-By', 'X-Request-Id', 'Idempotent-Replayed', 'Retry-After'];
const PREFLIGHT_SECONDS = 3_600;

/**
 * Lets pages of the origins in CORS_ORIGINS use this server (Fetch standard, "CORS protocol").
 * Refuses changes and preflights from other pages before any route sees them.
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

/** Only pages of listed origins may send cookies: browsers send none where the answer is `*`. */
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

/** True for the request in which a browser asks whether a page may send its request. */
function isPreflight({ method, headers }: Request): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}
