import type { Dashboard } from '../dashboard.ts';
import { quantiles, rateBy } from '../quantiles.ts';

/** What broadcast does: readers, deliveries, and what it mends. */
export const broadcast: Dashboard = {
  uid: 'parley-broadcast',
  title: 'Broadcast',
  description:
    'The way from the bus to every reader: streams, deliveries, holes repaired, canaries.',
  rows: [
    {
      title: 'Readers',
      panels: [
        {
          title: 'Streams',
          description: 'Streams open at each replica, and how many it may have.',
          unit: 'short',
          queries: [
            { expr: 'parley_streams_open', legend: '{{instance}}' },
            { expr: 'max(parley_streams_limit)', legend: 'limit of each' },
          ],
        },
        {
          title: 'Streams ended',
          description:
            'By reason: the reader left, was slow (too much unsent) or stalled (took nothing for 7 s), or the server stopped.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('reason', 'parley_streams_closed_total')],
        },
        {
          title: 'Streams refused',
          description: 'Requests that were answered 503 because too many streams are open.',
          unit: 'ops',
          queries: [rateBy('instance', 'parley_streams_refused_total')],
        },
        {
          title: 'Streams renewed',
          description:
            'Renewals in place, by outcome; unknown are streams that had ended, refused are tokens of another subject, without the right, or not valid.',
          unit: 'ops',
          queries: [rateBy('outcome', 'parley_stream_renewals_total')],
        },
      ],
    },
    {
      title: 'Deliveries',
      panels: [
        {
          title: 'Lag',
          description: "From an event's commit to its write to the live readers. Over 1 s is late.",
          unit: 's',
          redFrom: 1,
          queries: quantiles('parley_delivery_lag_seconds'),
        },
        {
          title: 'Deliveries',
          description: 'Events written to live readers, one for each reader.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('instance', 'parley_deliveries_total')],
        },
        {
          title: 'Channels followed',
          description: 'Channels with readers, or with readers a moment ago.',
          unit: 'short',
          queries: [{ expr: 'parley_feeds_open', legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'In order, once',
      panels: [
        {
          title: 'Resumes',
          description:
            'Readers that came back with a position, by what answered: memory, the log, or a reset.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('source', 'parley_resumes_total')],
        },
        {
          title: 'What the bus did',
          description:
            'Events that it lost and the log brought, that it brought again, and messages that were no events.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum(rate(parley_events_repaired_total[$__rate_interval]))',
              legend: 'lost and repaired',
            },
            {
              expr: 'sum(rate(parley_events_repeated_total[$__rate_interval]))',
              legend: 'repeated',
            },
            {
              expr: 'sum(rate(parley_events_refused_total[$__rate_interval]))',
              legend: 'no events',
            },
          ],
        },
        {
          title: 'Log not read',
          description: 'Queries on the log that failed; they are tried again.',
          unit: 'ops',
          queries: [rateBy('instance', 'parley_log_failures_total')],
        },
      ],
    },
    {
      title: 'Bounds over all clients',
      panels: [
        {
          title: 'Memory for readers',
          description:
            'Recent events, pages of the log, events before a hole, what readers have not taken, and messages by WebSocket that wait.',
          unit: 'bytes',
          queries: [
            { expr: 'parley_backlog_bytes', legend: 'recent events {{instance}}' },
            { expr: 'parley_log_page_bytes', legend: 'pages {{instance}}' },
            { expr: 'parley_held_bytes', legend: 'held {{instance}}' },
            { expr: 'parley_streams_unsent_bytes', legend: 'not taken {{instance}}' },
            { expr: 'parley_websocket_waiting_bytes', legend: 'WebSocket {{instance}}' },
          ],
        },
        {
          title: 'Past events not taken',
          description: 'Chunks of past events that readers have not taken; 1,024 at most.',
          unit: 'short',
          redFrom: 1000,
          queries: [{ expr: 'parley_catch_ups_unsent', legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Canaries',
      panels: [
        {
          title: 'Time',
          description: 'From sending a message to its arrival, through chat, bus and hub.',
          unit: 's',
          queries: quantiles('parley_canary_seconds'),
        },
        {
          title: 'Lost',
          description: 'Canaries that chat did not take or that did not arrive within 10 s.',
          unit: 'ops',
          redFrom: 0.01,
          queries: [rateBy('instance', 'parley_canary_failures_total')],
        },
        {
          title: 'State',
          description: '1 where what the replica depends on worked just now.',
          unit: 'short',
          redBelow: 1,
          queries: [
            {
              expr: 'min by (check, instance) (parley_check_ok{check=~"canary|log|broadcast-bus"})',
              legend: '{{check}} {{instance}}',
            },
          ],
        },
      ],
    },
  ],
};
