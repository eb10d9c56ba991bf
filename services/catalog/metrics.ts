import { LATENCY_BUCKETS_SECONDS, type Metrics } from '@parley/kit/metrics.ts';
import type { Feed } from './feeds/feed.ts';

const OUTCOMES = ['stored', 'dead', 'repeated', 'refused'];
const ANNOUNCED = ['announced', 'refused', 'failed'];

/** The metrics of the catalog. */
export function openCatalogMetrics(metrics: Metrics, feeds: Feed[]) {
  const messages = metrics.counter({
    name: 'parley_catalog_messages_total',
    help: 'Messages received from NATS, by outcome.',
    labels: ['feed', 'outcome'],
  });
  const announcements = metrics.counter({
    name: 'parley_catalog_announcements_total',
    help: 'Messages posted to chat, by outcome.',
    labels: ['feed', 'outcome'],
  });
  const lag = metrics.gauge({
    name: 'parley_catalog_lag_messages',
    help: 'Captured messages that are not acknowledged yet, as NATS last reported.',
    labels: ['feed'],
  });
  for (const { name: feed } of feeds) {
    for (const outcome of OUTCOMES) messages.inc({ feed, outcome }, 0);
    for (const outcome of ANNOUNCED) announcements.inc({ feed, outcome }, 0);
    lag.set({ feed }, 0);
  }
  return {
    messages,
    announcements,
    lag,
    linked: metrics.gauge({
      name: 'parley_catalog_nats_up',
      help: '1 while NATS is connected.',
    }),
    batchSize: metrics.histogram({
      name: 'parley_catalog_batch_size',
      help: 'Messages in one transaction.',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    }),
    commitSeconds: metrics.histogram({
      name: 'parley_catalog_commit_seconds',
      help: 'Time of one transaction, from the call of the store to its answer.',
      buckets: LATENCY_BUCKETS_SECONDS,
    }),
  };
}

export type CatalogMetrics = ReturnType<typeof openCatalogMetrics>;
