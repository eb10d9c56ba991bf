import type { Request, RequestHandler } from 'express';
import { LATENCY_BUCKETS_SECONDS, type Metrics } from './metrics.ts';

const METHODS = ['GET', 'HEAD', 'POST'];

/**
 * Times every request that is answered, by method, route and status. The route is the pattern that
 * took the request, never its path, so that the number of series is bounded; `other` stands for
 * files and for what is not there. A stream is no answer and is not timed.
 */
export function timeRequests(metrics: Metrics): RequestHandler {
  const seconds = metrics.histogram({
    name: 'parley_http_request_seconds',
    help: 'Time from the head of a request to the end of its answer; streams are not among them.',
    labels: ['method', 'route', 'status'],
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  return (request, response, next) => {
    const done = seconds.startTimer();
    response.once('finish', () => {
      done({ method: methodOf(request), route: routeOf(request), status: response.statusCode });
    });
    next();
  };
}

function methodOf({ method }: Request): string {
  return METHODS.includes(method) ? method : 'other';
}

/** Where a route has several patterns, the first names them all. */
function routeOf({ route }: Request): string {
  return [route?.path ?? 'other'].flat()[0];
}
