import { methodsAllowed } from '@parley/kit/http/app.ts';
import type { Check } from '@parley/kit/http/health-routes.ts';
import type { Log } from '@parley/kit/log/log.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Authenticator } from '@parley/kit/tokens/authenticator.ts';
import { identify } from '@parley/kit/tokens/identify.ts';
import { Router } from 'express';
import { Announcer } from './announcer.ts';
import type { Feed } from './feeds/feed.ts';
import { Intake } from './intake.ts';
import { openCatalogMetrics } from './metrics.ts';
import { NatsLink } from './nats/link.ts';
import { getRecords } from './routes/get-records.ts';
import { listFeeds } from './routes/list-feeds.ts';
import type { CatalogConfig } from './settings.ts';
import type { CatalogStore } from './store/store.ts';
import { Storing } from './storing.ts';

/**
 * The catalog service: its routes and the checks of its dependencies. Its end waits for the batch
 * that is being stored.
 */
export interface Catalog extends AsyncDisposable {
  router: Router;
  checks: Record<'store' | 'nats', Check>;
}

/** Builds the catalog on a store; the caller closes the store. */
export function openCatalog(
  config: CatalogConfig,
  {
    feeds,
    log,
    metrics,
    store,
    authenticator,
    clock = Date.now,
  }: {
    feeds: Feed[];
    log: Log;
    metrics: Metrics;
    store: CatalogStore;
    authenticator: Authenticator;
    clock?: () => number;
  },
): Catalog {
  const stack = new AsyncDisposableStack();
  const counted = openCatalogMetrics(metrics, feeds);
  counted.linked.set(0);
  const onLink = (up: boolean) => counted.linked.set(up ? 1 : 0);
  const link = stack.use(new NatsLink(config, { log, name: 'parley-catalog', onLink }));
  const announcers = new Map<Feed, Announcer>();
  for (const feed of feeds) {
    if (config.chatUrl === '' || feed.channel === undefined) continue;
    const announced = { ...feed, channel: feed.channel };
    announcers.set(feed, stack.use(new Announcer(announced, config, { log, metrics: counted })));
  }
  const storing = new Storing({
    store,
    log,
    metrics: counted,
    onStored: (feed, delivery) => announcers.get(feed)?.offer(delivery),
  });
  const subjects = feeds.map(({ name }) => name);
  const parts = { connection: link.opened, subjects, storing, log, metrics: counted, clock };
  const intakes = feeds.map((feed) => new Intake(feed, parts));
  // All at the same time: one after the other they could take longer than a stop may take.
  stack.defer(async () => {
    await Promise.all(intakes.map((intake) => intake[Symbol.asyncDispose]()));
  });
  const checkNats = async () => {
    await link.check();
    for (const intake of intakes) intake.check();
  };

  const router = Router();
  router.use('/catalog', identify(authenticator));
  router
    .route('/catalog')
    .get(listFeeds(feeds, { store, metrics: counted }))
    .all(methodsAllowed('GET', 'HEAD'));
  router.route('/catalog/:feed').get(getRecords(feeds, store)).all(methodsAllowed('GET', 'HEAD'));
  return {
    router,
    checks: { store: () => store.check(), nats: checkNats },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
