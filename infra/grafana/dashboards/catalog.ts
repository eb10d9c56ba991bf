import type { Dashboard } from '../dashboard.ts';
import { quantiles, rateBy } from '../quantiles.ts';

/** Dashboard of the catalog: feeds from NATS, commits, announcements. */
export const catalog: Dashboard = {
  uid: 'parley-catalog',
  title: 'Catalog',
  description: 'Messages of the feeds from NATS: stored, kept as dead letters, announced.',
  rows: [
    {
      title: 'Feeds',
      panels: [
        {
          title: 'Messages',
          description: 'Messages received from NATS, by feed.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('feed', 'parley_catalog_messages_total')],
        },
        {
          title: 'Outcomes',
          description:
            'Stored, repeated (already stored), dead (unreadable), refused (by a working database).',
          unit: 'ops',
          queries: [rateBy('outcome', 'parley_catalog_messages_total')],
        },
        {
          title: 'Lag',
          description:
            'Messages that NATS captured and the catalog has not stored, from the last report of NATS.',
          unit: 'short',
          queries: [{ expr: 'max by (feed) (parley_catalog_lag_messages)', legend: '{{feed}}' }],
        },
        {
          title: 'NATS',
          description: '1 while the catalog is connected to NATS.',
          unit: 'short',
          redBelow: 1,
          queries: [{ expr: 'min by (instance) (parley_catalog_nats_up)', legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Store',
      panels: [
        {
          title: 'Commit',
          description: 'Time of one transaction, from its start to the answer of the store.',
          unit: 's',
          redFrom: 0.5,
          queries: quantiles('parley_catalog_commit_seconds'),
        },
        {
          title: 'Messages in a commit',
          description:
            'Number of messages in one transaction. It is high when messages arrive faster than the disk commits.',
          unit: 'short',
          queries: [
            {
              expr: 'sum by (instance) (rate(parley_catalog_batch_size_sum[$__rate_interval])) / sum by (instance) (rate(parley_catalog_batch_size_count[$__rate_interval]))',
              legend: '{{instance}}',
            },
          ],
        },
        {
          title: 'Announcements',
          description:
            'Messages posted to chat: announced, refused (4xx), failed (the catalog tries again).',
          unit: 'ops',
          queries: [rateBy('outcome', 'parley_catalog_announcements_total')],
        },
      ],
    },
  ],
};
