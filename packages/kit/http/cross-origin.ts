import type { IncomingMessage, ServerResponse } from 'node:http';
import cors, { type CorsOptions, type CorsRequest } from 'cors';
import { isSafe, listOrigins, requireAllowedPage } from './origins.ts';

/** Headers that pages of other sites may read. */
const EXPOSED_HEADERS = ['X-Served-By', 'X-Request-Id', 'Idempotent-Replayed', 'Retry-After'];
const PREFLIGHT_SECONDS = 3_600;

/** A step of an answer, which goes on with `next`. */
type Step = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

/**
 * Lets pages of the origins in CORS_ORIGINS use this server (Fetch standard, "CORS protocol").
 * Refuses changes and preflights from other pages before any route sees them.
 */
export function openCrossOrigin(corsOrigins: string): Step {
  const origins = listOrigins(corsOrigins);
  const require: Step = (request, _response, next) => {
    if (!isSafe(request.method) || isPreflight(request))
      requireAllowedPage(request.headers, origins);
    next();
  };
  if (origins.length === 0) return require;
  const allow = cors<IncomingMessage & CorsRequest>((request, done) =>
    done(null, optionsFor(request, origins)),
  );
  return (request, response, next) => {
    response.appendHeader('Vary', 'Origin');
    allow(request, response, () => require(request, response, next));
  };
}

/** Only pages of listed origins may send cookies: browsers send none where the answer is `*`. */
function optionsFor(request: IncomingMessage, origins: string[]): CorsOptions {
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
function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}
