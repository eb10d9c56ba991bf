import { Router } from 'express';
import type { Metrics } from './metrics.ts';

/** Resolves when a part's dependency works, and throws otherwise. */
export type Check = () => Promise<unknown>;

const CHECK_LIMIT_MS = 2_000;

/**
 * `/healthz` (the process answers), `/readyz` (each dependency was tried just now and works; 503
 * and the names of those that do not, otherwise) and `/metrics` (Prometheus text format).
 */
export function healthRoutes({
  checks,
  metrics,
}: {
  checks: Record<string, Check>;
  metrics: Metrics;
}): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  router.get('/readyz', async (_request, response) => {
    const names = Object.keys(checks);
    const states = await Promise.all(Object.values(checks).map(outcome));
    const ready = states.every((state) => state === 'ok');
    response
      .status(ready ? 200 : 503)
      .setHeader('Cache-Control', 'no-store')
      .json({
        status: ready ? 'ok' : 'unavailable',
        checks: Object.fromEntries(names.map((name, i) => [name, states[i]])),
      });
  });
  router.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return router;
}

async function outcome(check: Check): Promise<'ok' | 'failed'> {
  const limit = AbortSignal.timeout(CHECK_LIMIT_MS);
  const late = new Promise<never>((_, reject) => {
    limit.addEventListener('abort', () => reject(limit.reason), { once: true });
  });
  try {
    await Promise.race([check(), late]);
    return 'ok';
  } catch {
    return 'failed';
  }
}
