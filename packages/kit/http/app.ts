import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { ChatError, encodeProblem } from '@parley/contract/problem.ts';
import express, {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import { listProxies, openAddressOf } from '../limits/address-of.ts';
import type { Log } from '../log/log.ts';
import { loggedPath } from '../log/logged-path.ts';
import type { Metrics } from '../metrics.ts';
import { openCrossOrigin } from './cross-origin.ts';
import { openHostCheck } from './hosts.ts';
import {
  findHotRoute,
  type HotRoute,
  malformedPath,
  parseHotAddress,
  parseQuery,
} from './hot-route.ts';
import { openRequestTimer, routeOf } from './request-metrics.ts';
import { secureAnswer } from './security-headers.ts';
import { sendJson } from './send-json.ts';

const REQUEST_ID = /^[\w.:-]{1,128}$/;

/**
 * The HTTP application of a process: the routers of its services, a request id, the server's name,
 * the time of each answer, and errors as problem documents (RFC 9457).
 */
export function openApp({
  routers,
  hotRoutes = [],
  serverName,
  host = '',
  allowedHosts = '',
  trustedProxies = '',
  corsOrigins = '',
  log,
  metrics,
}: {
  routers: Router[];
  hotRoutes?: HotRoute[];
  serverName: string;
  host?: string;
  allowedHosts?: string;
  trustedProxies?: string;
  corsOrigins?: string;
  log: Log;
  metrics: Metrics;
}): RequestListener {
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing');
  app.set('query parser', (query: string | null) => parseQuery(query ?? ''));
  if (trustedProxies) app.set('trust proxy', listProxies(trustedProxies));
  const addressOf = openAddressOf(trustedProxies);
  const requireHost = openHostCheck({ host, allowedHosts });
  const time = openRequestTimer(metrics);
  const crossOrigin = openCrossOrigin(corsOrigins);
  /** What happens to every request first; returns its id. */
  const begin = (request: IncomingMessage, response: ServerResponse, route: () => string) => {
    const given = request.headers['x-request-id'];
    const id = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    response.setHeader('X-Request-Id', id);
    response.setHeader('X-Served-By', serverName);
    secureAnswer(response);
    if (log.isLevelEnabled('debug'))
      logWhenDone(log, { request, response, id }, addressOf(request));
    time(request, response, route);
    return id;
  };
  app.use((request, response, next) => {
    response.locals.requestId = begin(request, response, () => routeOf(request));
    requireHost?.(request);
    crossOrigin(request, response, next);
  });
  for (const router of routers) app.use(router);
  app.use((request) => {
    throw new ChatError('not-found', `There is nothing at ${loggedPath(request.path)}.`);
  });
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) =>
    answerError(error, { response, id: response.locals.requestId }, log),
  );
  return (request, response) => {
    const hot = findHotRoute(hotRoutes, request);
    if (!hot) return void app(request, response);
    const { route, parameter, query } = hot;
    const id = begin(request, response, () => route.pattern);
    const answer = async () => {
      requireHost?.(request);
      await new Promise<void>((resolve) => crossOrigin(request, response, resolve));
      await route.answer(request, response, parseHotAddress(parameter, query));
    };
    answer().catch((error) => answerError(error, { response, id }, log));
  };
}

function logWhenDone(
  log: Log,
  { request, response, id }: { request: IncomingMessage; response: ServerResponse; id: string },
  address?: string,
): void {
  const startedAt = performance.now();
  const { method, url = '' } = request;
  response.once('close', () => {
    log.debug(
      {
        requestId: id,
        address,
        method,
        path: loggedPath(url),
        status: response.statusCode,
        ms: Math.round(performance.now() - startedAt),
      },
      'request',
    );
  });
}

function answerError(
  error: unknown,
  { response, id: requestId }: { response: ServerResponse; id: string },
  log: Log,
): void {
  const problem = asChatError(error);
  if (problem.status >= 500) log.error({ requestId, err: error }, 'request failed');
  else log.debug({ requestId, code: problem.code }, 'request refused');
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { retryAfterSeconds, challenge, location } = problem;
  if (location !== undefined) response.setHeader('Location', location);
  if (retryAfterSeconds !== undefined) response.setHeader('Retry-After', retryAfterSeconds);
  if (challenge !== undefined) response.setHeader('WWW-Authenticate', challenge);
  const document = encodeProblem(problem, requestId);
  sendJson(response, problem.status, document, 'application/problem+json');
}

/** Errors of Express carry an HTTP status; any other error is our own fault. */
function asChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error;
  const { status } = error as { status?: number };
  if (status !== undefined && status >= 400 && status < 500) {
    return malformedPath();
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
