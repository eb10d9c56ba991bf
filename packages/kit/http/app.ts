import { randomUUID } from 'node:crypto';
import { parse as parseQuery } from 'node:querystring';
import { ChatError, encodeProblem } from '@parley/contract/problem.ts';
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import { listProxies, openAddressOf } from '../limits/address-of.ts';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics.ts';
import { crossOrigin } from './cross-origin.ts';
import { openHostCheck, type RequireHost } from './hosts.ts';
import { checkQuery } from './query.ts';
import { timeRequests } from './request-metrics.ts';
import { secureAnswer } from './security-headers.ts';

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/**
 * The HTTP application of a process: the routers of its services, a request id, the server's name,
 * the time of each answer, and errors as problem documents (RFC 9457).
 */
export function openApp({
  routers,
  serverName,
  host = '',
  allowedHosts = '',
  trustedProxies = '',
  corsOrigins = '',
  log,
  metrics,
}: {
  routers: Router[];
  serverName: string;
  host?: string;
  allowedHosts?: string;
  trustedProxies?: string;
  corsOrigins?: string;
  log: Log;
  metrics: Metrics;
}): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing');
  app.set('query parser', (query: string | null) => {
    checkQuery(query ?? '');
    return parseQuery(query ?? '');
  });
  if (trustedProxies) app.set('trust proxy', listProxies(trustedProxies));
  const addressOf = openAddressOf(trustedProxies);
  const requireHost = openHostCheck({ host, allowedHosts });
  app.use((request, response, next) => {
    const given = request.headers['x-request-id'];
    const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    response.locals.requestId = id;
    response.setHeader('X-Request-Id', id);
    response.setHeader('X-Served-By', serverName);
    secureAnswer(response);
    if (log.isLevelEnabled('debug')) logWhenDone(log, request, response, addressOf(request));
    next();
  });
  app.use(timeRequests(metrics));
  if (requireHost) app.use(hostsOnly(requireHost));
  app.use(crossOrigin(corsOrigins));
  for (const router of routers) app.use(router);
  app.use((request) => {
    throw new ChatError('not-found', `There is nothing at ${request.path}.`);
  });
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) =>
    answerError(error, response, log),
  );
  return app;
}

function hostsOnly(requireHost: RequireHost): RequestHandler {
  return (request, _response, next) => {
    requireHost(request);
    next();
  };
}

function logWhenDone(log: Log, request: Request, response: Response, address?: string): void {
  const startedAt = performance.now();
  const { method, path } = request;
  response.once('close', () => {
    log.debug(
      {
        requestId: response.locals.requestId,
        address,
        method,
        path,
        status: response.statusCode,
        ms: Math.round(performance.now() - startedAt),
      },
      'request',
    );
  });
}

function answerError(error: unknown, response: Response, log: Log): void {
  const { requestId } = response.locals;
  const problem = asChatError(error);
  if (problem.status >= 500) log.error({ requestId, err: error }, 'request failed');
  else log.debug({ requestId, code: problem.code }, 'request refused');
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { retryAfterSeconds, challenge } = problem;
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', retryAfterSeconds);
  if (challenge !== undefined) response.setHeader('WWW-Authenticate', challenge);
  response
    .status(problem.status)
    .type('application/problem+json')
    .send(JSON.stringify(encodeProblem(problem, requestId)));
}

/** Errors of Express carry an HTTP status; any other error is our own fault. */
function asChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error;
  const { status } = error as { status?: number };
  if (status !== undefined && status >= 400 && status < 500) {
    return new ChatError('malformed-request', 'The request cannot be read: its path is malformed.');
  }
  return new ChatError(
    'internal-error',
    'Something went wrong here; the log has it under this id.',
    {
      cause: error,
    },
  );
}

/**
 * Refuses the methods that a path does not have: answers OPTIONS with 204 and the others with 405,
 * both with the list of methods (RFC 9110 sections 9.3.7 and 15.5.6).
 */
export function methodsAllowed(...methods: string[]): RequestHandler {
  const allow = methods.join(', ');
  return (request, response, next) => {
    if (methods.includes(request.method)) return next();
    response.setHeader('Allow', allow);
    if (request.method === 'OPTIONS') return void response.status(204).end();
    const hint = request.method === 'POST' ? ' Messages go to POST /chat/<channel>.' : '';
    throw new ChatError(
      'method-not-allowed',
      `${request.method} is not possible here; use ${allow}.${hint}`,
    );
  };
}
