import type { Dashboard } from './dashboard.ts';
import { rateBy } from './quantiles.ts';

/** Panels of the hooks, for deployments of several services and of one process. */
export const webhooksRow: Dashboard['rows'][number] = {
  title: 'Webhooks',
  panels: [
    {
      title: 'Webhooks delivered',
      description:
        'Events that receivers have accepted, in a second, and those that were set aside.',
      unit: 'ops',
      queries: [
        { expr: 'sum(rate(parley_hook_deliveries_total[$__rate_interval]))', legend: 'accepted' },
        { expr: 'sum(rate(parley_hook_set_aside_total[$__rate_interval]))', legend: 'set aside' },
      ],
    },
    {
      title: 'Webhooks failed',
      description:
        'Requests that failed, by reason: the status of the answer, no answer in time, no connection, an address that is not allowed. "here" is a failure of the log or the store.',
      unit: 'ops',
      queries: [
        rateBy('reason', 'parley_hook_failures_total'),
        { expr: 'sum(rate(parley_hook_faults_total[$__rate_interval]))', legend: 'here' },
      ],
    },
    {
      title: 'Oldest webhook',
      description: 'Age of the oldest event that a receiver has not accepted.',
      unit: 's',
      redFrom: 900,
      queries: [{ expr: 'max(parley_hook_oldest_seconds)', legend: 'oldest' }],
    },
    {
      title: 'Webhooks in',
      description:
        'Deliveries of other programs in a second: accepted, refused (the log says which hook and why), limited, failed (a fault of Parley), unknown (a wrong name or secret). Their messages: posted, edited (a resolved alert), repeated (known already).',
      unit: 'ops',
      queries: [
        rateBy('outcome', 'parley_hook_in_deliveries_total'),
        rateBy('outcome', 'parley_hook_in_messages_total'),
      ],
    },
  ],
};
