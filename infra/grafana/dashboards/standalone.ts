import type { Dashboard } from '../dashboard.ts';
import { quantiles } from '../quantiles.ts';
import { webhooksRow } from '../webhooks-row.ts';

const RATE = '[$__rate_interval]';

/**
 * Parley in one process (`npm start`, the container). Each panel has data there from the first
 * scrapes on: none asks for canaries, rules or services of their own.
 */
export const standalone: Dashboard = {
  uid: 'parley-standalone',
  title: 'One process',
  description:
    'Parley as npm start and the container run it: broker, chat, broadcast and the page.',
  rows: [
    {
      title: 'Now',
      panels: [
        {
          title: 'Works',
          description:
            'Share of the checks that pass: store, log, bus, ingest. Below 100 %, /readyz and the log say which fails and why.',
          unit: 'percentunit',
          number: true,
          redBelow: 1,
          queries: [{ expr: 'avg(parley_check_ok)', legend: 'checks' }],
        },
        {
          title: 'People online',
          description: 'Open streams. A person with two browsers counts twice.',
          unit: 'short',
          number: true,
          queries: [{ expr: 'sum(parley_streams_open)', legend: 'people' }],
        },
        {
          title: 'Devices',
          description: 'Clients that are connected by MQTT.',
          unit: 'short',
          number: true,
          queries: [{ expr: 'sum(parley_broker_clients)', legend: 'devices' }],
        },
        {
          title: 'Running for',
          description:
            'Time since the start. A short time without a planned restart means a crash.',
          unit: 's',
          number: true,
          queries: [
            { expr: 'time() - min(process_start_time_seconds)', legend: 'since the start' },
          ],
        },
      ],
    },
    {
      title: 'People notice',
      panels: [
        {
          title: 'Messages',
          description:
            'Messages and typed events stored in a second, and their deliveries to readers.',
          unit: 'ops',
          queries: [
            { expr: `sum(rate(parley_posts_total{outcome="stored"}${RATE}))`, legend: 'stored' },
            { expr: `sum(rate(parley_deliveries_total${RATE}))`, legend: 'delivered' },
          ],
        },
        {
          title: 'Posts take',
          description: 'Time of a POST from its head to its answer. The message is durable then.',
          unit: 's',
          queries: quantiles('parley_http_request_seconds', '{method="POST"}'),
        },
        {
          title: 'Delivery takes',
          description:
            "Time from an event's commit to its write to the live readers. More than 1 s is late.",
          unit: 's',
          redFrom: 1,
          queries: quantiles('parley_delivery_lag_seconds'),
        },
      ],
    },
    {
      title: 'What fails',
      panels: [
        {
          title: 'Refused and failed',
          description:
            'Posts and sign-ins that were refused or failed, and requests over a limit, in a second. Failed ones are a fault of Parley: see the log.',
          unit: 'ops',
          queries: [
            {
              expr: `sum(rate(parley_posts_total{outcome="failed"}${RATE}))`,
              legend: 'posts failed',
            },
            {
              expr: `sum(rate(parley_posts_total{outcome="refused"}${RATE}))`,
              legend: 'posts refused',
            },
            {
              expr: `sum(rate(parley_logins_total{outcome=~"wrong|limited|refused"}${RATE}))`,
              legend: 'sign-ins refused',
            },
            { expr: `sum(rate(parley_limit_refusals_total${RATE}))`, legend: 'over a limit' },
          ],
        },
        {
          title: 'Streams that ended',
          description:
            'Ends of streams in a second, by reason. "reader" is a closed page; "slow" and "stalled" are readers that did not read.',
          unit: 'ops',
          queries: [
            {
              expr: `sum by (reason) (rate(parley_streams_closed_total${RATE}))`,
              legend: '{{reason}}',
            },
          ],
        },
      ],
    },
    webhooksRow,
    {
      title: 'The machine',
      panels: [
        {
          title: 'Processor',
          description:
            'Processor time in a second. Near 1 the process is at its limit: PROCESSES adds some.',
          unit: 's',
          redFrom: 0.9,
          queries: [{ expr: `sum(rate(process_cpu_seconds_total${RATE}))`, legend: 'used' }],
        },
        {
          title: 'Memory',
          description: 'Resident memory, and the heap in it. It must not rise for days.',
          unit: 'bytes',
          queries: [
            { expr: 'sum(process_resident_memory_bytes)', legend: 'resident' },
            { expr: 'sum(nodejs_heap_size_used_bytes)', legend: 'heap' },
          ],
        },
        {
          title: 'Commits to the store',
          description: 'Time of a transaction of the store. On SQLite it is the time of the disk.',
          unit: 's',
          queries: quantiles('parley_commit_seconds'),
        },
      ],
    },
  ],
};
