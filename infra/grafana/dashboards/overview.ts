import type { Dashboard } from '../dashboard.ts';
import { p99By, quantiles, rateBy } from '../quantiles.ts';

/** Overview: people online, and the four golden signals: latency, traffic, errors, saturation. */
export const overview: Dashboard = {
  uid: 'parley-overview',
  title: 'Overview',
  description:
    'People online, and how well Parley serves them: latency, traffic, errors, saturation.',
  rows: [
    {
      title: 'Now',
      panels: [
        {
          title: 'People online',
          description: 'Open streams over all replicas. A person with two pages counts twice.',
          unit: 'short',
          number: true,
          queries: [{ expr: 'sum(parley_streams_open)', legend: 'people' }],
        },
        {
          title: 'Messages',
          description: 'Messages stored in a second, with canaries.',
          unit: 'ops',
          number: true,
          queries: [
            {
              expr: 'sum(rate(parley_posts_total{outcome="stored"}[$__rate_interval]))',
              legend: 'stored',
            },
          ],
        },
        {
          title: 'Messages arrive',
          description: 'Share of the replicas whose canaries arrive. 100 % is good.',
          unit: 'percentunit',
          number: true,
          redBelow: 1,
          queries: [{ expr: 'avg(parley_check_ok{check="canary"})', legend: 'replicas' }],
        },
        {
          title: 'Alerts',
          description: 'Firing alerts. docs/operations.md says what to do about each.',
          unit: 'short',
          number: true,
          redFrom: 1,
          queries: [{ expr: 'count(ALERTS{alertstate="firing"}) or vector(0)', legend: 'firing' }],
        },
      ],
    },
    {
      title: 'Latency',
      panels: [
        {
          title: 'Delivery',
          description:
            "Time from an event's commit to its write to the live readers. More than 1 s is late.",
          unit: 's',
          redFrom: 1,
          queries: quantiles('parley_delivery_lag_seconds'),
        },
        {
          title: 'Posts',
          description: 'Time of a POST from its head to its answer. The message is durable then.',
          unit: 's',
          queries: quantiles('parley_http_request_seconds', '{method="POST"}'),
        },
        {
          title: 'Canaries',
          description:
            'Time from sending a canary message to its arrival, through chat, bus and broadcast.',
          unit: 's',
          queries: quantiles('parley_canary_seconds'),
        },
      ],
    },
    {
      title: 'Traffic',
      panels: [
        {
          title: 'People online',
          description: 'Open streams, by replica.',
          unit: 'short',
          stacked: true,
          queries: [{ expr: 'sum by (instance) (parley_streams_open)', legend: '{{instance}}' }],
        },
        {
          title: 'Deliveries',
          description: 'Events written to live readers, counted once for each reader.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('instance', 'parley_deliveries_total')],
        },
        {
          title: 'Requests',
          description: 'Answered requests without streams, by route.',
          unit: 'reqps',
          stacked: true,
          queries: [rateBy('route', 'parley_http_request_seconds_count')],
        },
      ],
    },
    {
      title: 'Errors',
      panels: [
        {
          title: 'Broken promises',
          description: 'Share of failed posts and of late events. 0.1 % over 30 days is allowed.',
          unit: 'percentunit',
          queries: [
            { expr: 'parley:post_errors:ratio_rate1h', legend: 'posts failed, last hour' },
            { expr: 'parley:late_deliveries:ratio_rate1h', legend: 'events late, last hour' },
          ],
        },
        {
          title: 'Server errors',
          description: 'Requests answered with a status of 500 or higher, by route and status.',
          unit: 'reqps',
          queries: [
            {
              expr: 'sum by (route, status) (rate(parley_http_request_seconds_count{status=~"5.."}[$__rate_interval]))',
              legend: '{{status}} {{route}}',
            },
          ],
        },
        {
          title: 'Alerts',
          description: 'Alerts that fired, by name.',
          unit: 'short',
          stacked: true,
          queries: [
            {
              expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
              legend: '{{alertname}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Saturation',
      panels: [
        {
          title: 'Processor',
          description:
            'Processor time of each process. One thread does most of the work, so 100 % is nearly the maximum.',
          unit: 'percentunit',
          queries: [
            {
              expr: 'rate(process_cpu_seconds_total[$__rate_interval])',
              legend: '{{job}} {{instance}}',
            },
          ],
        },
        {
          title: 'Commits',
          description: 'Time of one transaction, by replica of chat. 99 of 100 are faster.',
          unit: 's',
          redFrom: 0.5,
          queries: [p99By('instance', 'parley_commit_seconds')],
        },
        {
          title: 'Used share of streams',
          description: 'Open streams as a share of MAX_STREAMS, by replica.',
          unit: 'percentunit',
          redFrom: 0.8,
          queries: [{ expr: 'parley:streams:used_ratio', legend: '{{instance}}' }],
        },
      ],
    },
  ],
};
