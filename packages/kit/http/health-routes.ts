import { ChatError } from '@parley/contract/problem.ts';
import { type RequestHandler, Router } from 'express';
import type { Log } from '../log/log.ts';
import type { Metrics } from '../metrics.ts';
import { methodsAllowed } from './app.ts';

/** Resolves when a dependency of the service works, and throws otherwise. */
export type Check = () => Promise<unknown>;

const CHECK_LIMIT_MS = 2_000;

/**
 * `/healthz`: the process answers. `/readyz`: tries each dependency now; 503 with the names of
 * those that fail, while the log has the cause once, when a failure begins. `/metrics`: Prometheus
 * text format, with the state of each dependency, tried now as for `/readyz`. `metricsText` gives the
 * text in place of this process's own metrics. A request that a proxy forwarded gets 404.
 */
export function healthRoutes({
  checks,
  metrics,
  log,
  metricsText = () => metrics.text(),
}: {
  checks: Record<string, Check>;
  metrics: Metrics;
  log: Log;
  metricsText?: (() => Promise<string>) | undefined;
}): Router {
  const failing = new Set<string>();
  const tryCheck = async ([name, check]: [string, Check]): Promise<[string, 'ok' | 'failed']> => {
    try {
      await withinLimit(check);
      failing.delete(name);
      return [name, 'ok'];
    } catch (error) {
      if (!failing.has(name))
        log.warn({ check: name, cause: (error as Error).message }, 'not ready');
      failing.add(name);
      return [name, 'failed'];
    }
  };

  const tryAll = () => Promise.all(Object.entries(checks).map(tryCheck));
  const works = metrics.gauge({
    name: 'parley_check_ok',
    help: '1 when the dependency worked when it was tried for this answer.',
    labels: ['check'],
  });
  metrics.beforeReading(async () => {
    for (const [check, state] of await tryAll()) works.set({ check }, state === 'ok' ? 1 : 0);
  });

  // A front door blocks these paths, so that no other spelling of them may work.
  const router = Router({ caseSensitive: true });
  const paths = ['/healthz', '/readyz', '/metrics'];
  router.all(paths, notForwarded, methodsAllowed('GET', 'HEAD'));
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    const states = await tryAll();
    const ready = states.every(([, state]) => state === 'ok');
    response
      .status(ready ? 200 : 503)
      .setHeader('Cache-Control', 'no-store')
      .json({ status: ready ? 'ok' : 'unavailable', checks: Object.fromEntries(states) });
  });
  router.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metricsText());
  });
  return router;
}

/** Proxies that pass on every path, such as Caddy in small.yml, would show these to the internet. */
const notForwarded: RequestHandler = ({ headers, path }, _response, next) => {
  if (headers['x-forwarded-for'] !== undefined)
    throw new ChatError('not-found', `A proxy finds nothing at ${path}; ask the service itself.`);
  next();
};

async function withinLimit(check: Check): Promise<void> {
  const limit = AbortSignal.timeout(CHECK_LIMIT_MS);
  const late = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => reject(limit.reason), { once: true });
  });
  await Promise.race([Promise.resolve().then(check), late]);
}
