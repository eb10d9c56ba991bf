import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request } from 'express';
import { LATENCY_BUCKETS_SECONDS, type Metrics } from '../metrics.ts';

const METHODS = ['GET', 'HEAD', 'POST'];

/**
 * Times every answered request, by method, route and status. The label is the route's pattern,
 * never the path, so that the number of series is bounded; `other` stands for files and for unknown
 * paths. A stream has no end to wait for and is not timed.
 */
export function openRequestTimer(
  metrics: Metrics,
): (request: IncomingMessage, response: ServerResponse, routeOf: () => string) => void {
  const seconds = metrics.histogram({
    name: 'parley_http_request_seconds',
    help: 'Time from the head of a request to the end of its answer, without streams.',
    labels: ['method', 'route', 'status'],
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  return (request, response, route) => {
    const startedAt = performance.now();
    response.on('finish', () => {
      const labels = { method: methodOf(request), route: route(), status: response.statusCode };
      seconds.observe(labels, (performance.now() - startedAt) / 1000);
    });
  };
}

function methodOf({ method = '' }: IncomingMessage): string {
  return METHODS.includes(method) ? method : 'other';
}

/** A route with several patterns is labelled with the first. */
export function routeOf({ route }: Request): string {
  return [route?.path ?? 'other'].flat()[0];
}
