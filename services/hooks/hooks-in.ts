import type { ChatClient } from '@parley/kit/chat-client.ts';
import { methodsAllowed } from '@parley/kit/http/app.ts';
import type { AddressOf } from '@parley/kit/limits/address-of.ts';
import { openRate } from '@parley/kit/limits/rate.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import { repeat } from '@parley/kit/repeat.ts';
import { type RequestHandler, Router } from 'express';
import { AlertMessages } from './in/alert-messages.ts';
import { Intake } from './in/intake.ts';
import { openHooksInMetrics } from './in/metrics.ts';
import { Poster } from './in/poster.ts';
import { openEntry } from './in/require-entry.ts';
import { deleteHookIn, getHookIn, listHooksIn, putHookIn } from './routes/in/manage.ts';
import { receive } from './routes/in/receive.ts';
import type { HooksInStore } from './store/in-store.ts';

/** An alert that fires for longer is a new message when it is resolved. */
const ALERTS_KEPT_MS = 90 * 24 * 3_600_000;
const FORGET_EVERY_MS = 3_600_000;

/** Hooks by which other programs post. Its end waits for the deliveries under way. */
export interface HooksIn extends AsyncDisposable {
  router: Router;
}

/** Opens the hooks by which other programs post. */
export function openHooksIn(
  { hookPosts }: { hookPosts: number },
  {
    store,
    chat,
    token,
    identify,
    addressOf,
    log,
    metrics,
    clock = Date.now,
  }: {
    store: HooksInStore;
    chat: ChatClient;
    /** Gives the token with which this service posts and edits. */
    token: () => string | undefined;
    /** Finds who manages hooks. */
    identify: RequestHandler;
    addressOf: AddressOf;
    log: Log;
    metrics: Metrics;
    clock?: () => number;
  },
): HooksIn {
  const requireEntry = openEntry(chat, token);
  const poster = new Poster(chat, token, requireEntry);
  const alerts = new AlertMessages(store, poster, clock);
  const intake = new Intake(alerts, poster, openRate(hookPosts));
  const stop = new AbortController();
  const forgetting = repeat(() => store.forgetAlerts(clock() - ALERTS_KEPT_MS), {
    signal: stop.signal,
    pauseMs: FORGET_EVERY_MS,
    onFailure: (err) => log.warn({ err }, 'old alerts of hooks stay: the store refuses'),
  });

  const router = Router({ caseSensitive: true });
  // The address is the right to post. A sender may show tokens of others, which are not looked at.
  router
    .route('/hooks/in/:name/:secret')
    .post(receive({ store, intake, addressOf, log, metrics: openHooksInMetrics(metrics) }))
    .all(methodsAllowed('POST'));
  const parts = { store, chat, requireEntry, clock };
  router.use('/hooks/in', identify);
  router.route('/hooks/in').get(listHooksIn(parts)).all(methodsAllowed('GET', 'HEAD'));
  router
    .route('/hooks/in/:name')
    .get(getHookIn(parts))
    .put(putHookIn(parts))
    .delete(deleteHookIn(parts))
    .all(methodsAllowed('GET', 'HEAD', 'PUT', 'DELETE'));
  return {
    router,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await intake.stop();
      await forgetting;
    },
  };
}
