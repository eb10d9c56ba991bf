import type { Bus } from '@parley/kit/bus/bus.ts';
import { openChatClient } from '@parley/kit/chat-client.ts';
import type { Check } from '@parley/kit/http/health-routes.ts';
import { listOrigins } from '@parley/kit/http/origins.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import type { Router } from 'express';
import { openHookMetrics } from './metrics.ts';
import { parseAllowed } from './out/allowed.ts';
import type { Deliverer } from './out/deliverer.ts';
import { hookRoutes } from './routes/hook-routes.ts';
import type { HooksConfig } from './settings.ts';
import type { HookStore } from './store/store.ts';

/** The hooks: their routes and checks. Disposing of it ends the deliveries in order. */
export interface Hooks extends AsyncDisposable {
  router: Router;
  checks: Record<string, Check>;
}

interface HooksParts {
  log: Log;
  metrics: Metrics;
  store: HookStore;
  /** Opens the link by which new events are noticed; the caller closes it. Called when there is a hook. */
  openBus: () => Bus;
  authenticator: Authenticator;
  /** Gives the token for reading the log, also of private channels; empty without one. */
  token: () => string;
  clock?: () => number;
}

/** Opens the hooks on a store, which the caller closes. */
export function openHooks(
  config: HooksConfig & { chatUrl: string; corsOrigins: string },
  { log, metrics, store, openBus, authenticator, token, clock = Date.now }: HooksParts,
): Hooks {
  const counted = openHookMetrics(metrics);
  const client = { token: () => token() || undefined };
  const service = openChatClient(config.chatUrl, client);
  const outsider = openChatClient(config.chatUrl, { ...client, asOutsider: true });
  let deliverer: Promise<Deliverer> | undefined;
  let isOpen = true;

  /** Most servers have no hook, and load nothing of this. */
  async function openDeliverer(): Promise<Deliverer> {
    const { Deliverer } = await import('./out/deliverer.ts');
    const { openConnections } = await import('./out/connections.ts');
    return new Deliverer({
      log,
      store,
      clock,
      metrics: counted,
      bus: openBus(),
      chat: { outsider, service: () => (token() === '' ? undefined : service) },
      connections: openConnections(parseAllowed(config.hooksAllow)),
      retryMs: config.hooksRetrySeconds * 1000,
    });
  }

  async function onChange(): Promise<void> {
    if (!isOpen) return;
    deliverer ??= openDeliverer();
    (await deliverer).wake();
  }

  if (store.mayHaveHooks()) void onChange();
  const router = hookRoutes(
    { store, chat: service, open: authenticator.open, onChange: () => void onChange(), clock },
    { authenticator, origins: listOrigins(config.corsOrigins) },
  );
  return {
    router,
    checks: { hooks: () => store.check() },
    async [Symbol.asyncDispose]() {
      isOpen = false;
      await (await deliverer)?.[Symbol.asyncDispose]();
    },
  };
}
