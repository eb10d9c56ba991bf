import type { Dashboard } from '../dashboard.ts';
import { quantiles, rateBy } from '../quantiles.ts';

/** Dashboard of broadcast: readers, deliveries, repairs. */
export const broadcast: Dashboard = {
  uid: 'parley-broadcast',
  title: 'Broadcast',
  description:
    'The path from the bus to every reader: streams, deliveries, repaired gaps, canaries.',
  rows: [
    {
      title: 'Readers',
      panels: [
        {
          title: 'Streams',
          description: 'Open streams at each replica, and the limit of each replica.',
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
          description: 'Requests answered with 503 because too many streams were open.',
          unit: 'ops',
          queries: [rateBy('instance', 'parley_streams_refused_total')],
        },
        {
          title: 'Streams renewed',
          description:
            'Renewals in place, by outcome. Unknown: the stream had ended. Refused: the token was invalid, of another subject, or without the right.',
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
          description:
            "Time from an event's commit to its write to the live readers. More than 1 s is late.",
          unit: 's',
          redFrom: 1,
          queries: quantiles('parley_delivery_lag_seconds'),
        },
        {
          title: 'Deliveries',
          description: 'Events written to live readers, counted once for each reader.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('instance', 'parley_deliveries_total')],
        },
        {
          title: 'Live channels',
          description: 'Channels that have readers, or had readers a moment ago.',
          unit: 'short',
          queries: [{ expr: 'parley_feeds_open', legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Signals, and streams of several channels',
      panels: [
        {
          title: 'Channels of a stream',
          description: 'Channels of a stream, on average.',
          unit: 'short',
          queries: [
            {
              expr: 'sum(rate(parley_stream_channels_sum[$__rate_interval])) / sum(rate(parley_stream_channels_count[$__rate_interval]))',
              legend: 'channels',
            },
          ],
        },
        {
          title: 'Signals',
          description:
            'Events that are not stored, counted once for each reader: delivered, or dropped because the reader was behind.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('outcome', 'parley_signals_total')],
        },
      ],
    },
    {
      title: 'In order, once',
      panels: [
        {
          title: 'Resumes',
          description:
            'Readers that reconnected with a position, by source: memory, the log, or a reset.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('source', 'parley_resumes_total')],
        },
        {
          title: 'Faults of the bus',
          description:
            'Events that the bus lost (repaired from the log) or repeated, and messages that are not events.',
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
              legend: 'not events',
            },
          ],
        },
        {
          title: 'Failed log queries',
          description: 'Queries on the log that failed. Broadcast tries them again.',
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
            'Recent events, pages of the log, events held behind a gap, unread bytes of readers, and waiting WebSocket messages.',
          unit: 'bytes',
          queries: [
            { expr: 'parley_backlog_bytes', legend: 'recent events {{instance}}' },
            { expr: 'parley_log_page_bytes', legend: 'pages {{instance}}' },
            { expr: 'parley_held_bytes', legend: 'held {{instance}}' },
            { expr: 'parley_streams_unsent_bytes', legend: 'unread {{instance}}' },
            { expr: 'parley_websocket_waiting_bytes', legend: 'WebSocket {{instance}}' },
          ],
        },
        {
          title: 'Unread past events',
          description: 'Chunks of past events that readers have not read. The limit is 1,024.',
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
          description:
            'Time from sending a canary message to its arrival, through chat, bus and broadcast.',
          unit: 's',
          queries: quantiles('parley_canary_seconds'),
        },
        {
          title: 'Lost',
          description: 'Canaries that chat did not accept or that did not arrive within 10 s.',
          unit: 'ops',
          redFrom: 0.01,
          queries: [rateBy('instance', 'parley_canary_failures_total')],
        },
        {
          title: 'State',
          description: '1 when the last check of the dependency succeeded.',
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
