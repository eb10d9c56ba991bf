import type { Bus } from '@parley/kit/bus/bus.ts';
import { openChatClient } from '@parley/kit/chat-client.ts';
import type { Check } from '@parley/kit/http/health-routes.ts';
import { listOrigins } from '@parley/kit/http/origins.ts';
import { openAddressOf } from '@parley/kit/limits/address-of.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import { identify } from '@parley/kit/tokens/identify.ts';
import { Router } from 'express';
import { openHooksIn } from './hooks-in.ts';
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
  /** Gives the token that reads every channel and posts in each; empty without one. */
  token: () => string;
  /** True: what another process may make is delivered here, too. False: nothing is loaded before a hook is made. */
  eager?: boolean;
  clock?: () => number;
}

/** Opens the hooks on a store, which the caller closes. */
export function openHooks(
  config: HooksConfig & { chatUrl: string; corsOrigins: string; trustedProxies: string },
  { log, metrics, store, openBus, authenticator, token, eager, clock = Date.now }: HooksParts,
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
    const { openPageQueue } = await import('./out/hook-log.ts');
    const queue = openPageQueue();
    return new Deliverer({
      log,
      store,
      clock,
      metrics: counted,
      bus: openBus(),
      chat: { outsider, service: () => (token() === '' ? undefined : service), queue },
      connections: openConnections(parseAllowed(config.hooksAllow)),
      retryMs: config.hooksRetrySeconds * 1000,
    });
  }

  async function onChange(): Promise<void> {
    if (!isOpen) return;
    try {
      deliverer ??= openDeliverer();
      (await deliverer).wake();
    } catch (error) {
      deliverer = undefined;
      log.error(error, 'hooks: deliveries cannot begin; the next change of a hook tries again');
    }
  }

  if (eager || store.mayHaveHooks()) void onChange();
  const origins = listOrigins(config.corsOrigins);
  const hooksIn = openHooksIn(config, {
    store,
    chat: service,
    token: client.token,
    identify: identify(authenticator, origins),
    addressOf: openAddressOf(config.trustedProxies),
    log,
    metrics,
    clock,
  });
  const out = hookRoutes(
    { store, chat: service, open: authenticator.open, onChange: () => void onChange(), clock },
    { authenticator, origins },
  );
  return {
    // `/hooks/in` before `/hooks/:name`.
    router: Router().use(hooksIn.router, out),
    checks: { hooks: () => store.check() },
    async [Symbol.asyncDispose]() {
      isOpen = false;
      await hooksIn[Symbol.asyncDispose]();
      await (await deliverer)?.[Symbol.asyncDispose]();
    },
  };
}
