import type { Dashboard } from '../dashboard.ts';
import { quantiles, rateBy } from '../quantiles.ts';

/** What the catalog does: feeds taken from NATS, commits, announcements. */
export const catalog: Dashboard = {
  uid: 'parley-catalog',
  title: 'Catalog',
  description: 'What becomes of the feeds from NATS: stored, kept as dead letters, announced.',
  rows: [
    {
      title: 'Feeds',
      panels: [
        {
          title: 'Messages',
          description: 'Taken from NATS, by feed.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('feed', 'parley_catalog_messages_total')],
        },
        {
          title: 'Outcomes',
          description:
            'Stored, repeated (known already), dead (not to be read), refused (by the database, though it works).',
          unit: 'ops',
          queries: [rateBy('outcome', 'parley_catalog_messages_total')],
        },
        {
          title: 'Lag',
          description: 'Messages captured and not yet stored, as NATS said last.',
          unit: 'short',
          queries: [{ expr: 'max by (feed) (parley_catalog_lag_messages)', legend: '{{feed}}' }],
        },
        {
          title: 'NATS',
          description: '1 while it is connected.',
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
          description: 'Time of one transaction, from handing it to the store to its answer.',
          unit: 's',
          redFrom: 0.5,
          queries: quantiles('parley_catalog_commit_seconds'),
        },
        {
          title: 'Messages in a commit',
          description: 'Many where messages come faster than the disk.',
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
          description: 'Messages posted to chat: announced, refused (4xx), failed (tried again).',
          unit: 'ops',
          queries: [rateBy('outcome', 'parley_catalog_announcements_total')],
        },
      ],
    },
  ],
};
