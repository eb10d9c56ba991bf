import type { Dashboard } from '../dashboard.ts';

const EACH = '{{job}} {{instance}}';

/** Every process: which version, how busy, how large, and its links. */
export const processes: Dashboard = {
  uid: 'parley-processes',
  title: 'Processes',
  description: 'Every process: which version, how busy, how large, and its links to others.',
  rows: [
    {
      title: 'Now',
      panels: [
        {
          title: 'Versions',
          description:
            'Processes of each part and version; two versions of one part only while it is brought up to date.',
          unit: 'short',
          number: true,
          queries: [
            {
              expr: 'count by (part, version) (parley_build_info)',
              legend: '{{part}} {{version}}',
            },
          ],
        },
        {
          title: 'Up since',
          description: 'How long each process has run.',
          unit: 'dtdurations',
          number: true,
          queries: [{ expr: 'time() - process_start_time_seconds', legend: EACH }],
        },
        {
          title: 'Certificates',
          description: 'How long the certificates that are shown now are valid.',
          unit: 'dtdurations',
          number: true,
          redBelow: 14 * 86_400,
          queries: [
            {
              expr: 'min by (certificate) (parley_certificate_expiry_timestamp_seconds) - time()',
              legend: '{{certificate}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Time',
      panels: [
        {
          title: 'Processor',
          description:
            'Processor time of each process; one thread does most of the work, so 100 % is nearly all.',
          unit: 'percentunit',
          queries: [{ expr: 'rate(process_cpu_seconds_total[$__rate_interval])', legend: EACH }],
        },
        {
          title: 'Event loop',
          description:
            'How long new work waits for its turn, 99 of 100 times less. Idle processes show about 11 ms.',
          unit: 's',
          redFrom: 0.25,
          queries: [{ expr: 'nodejs_eventloop_lag_p99_seconds', legend: EACH }],
        },
        {
          title: 'Garbage collection',
          description: 'Share of time spent on freeing memory.',
          unit: 'percentunit',
          queries: [
            {
              expr: 'sum by (job, instance) (rate(nodejs_gc_duration_seconds_sum[$__rate_interval]))',
              legend: EACH,
            },
          ],
        },
      ],
    },
    {
      title: 'Space',
      panels: [
        {
          title: 'Memory',
          description: 'Resident memory of each process.',
          unit: 'bytes',
          queries: [{ expr: 'process_resident_memory_bytes', legend: EACH }],
        },
        {
          title: 'Heap',
          description:
            "Memory in use by JavaScript's objects; a floor that rises for days is a leak.",
          unit: 'bytes',
          queries: [{ expr: 'nodejs_heap_size_used_bytes', legend: EACH }],
        },
        {
          title: 'Open files',
          description:
            'Open files and sockets as a share of what the process may have; every stream is one.',
          unit: 'percentunit',
          redFrom: 0.8,
          queries: [{ expr: 'process_open_fds / process_max_fds', legend: EACH }],
        },
      ],
    },
    {
      title: 'Bounds over all clients',
      panels: [
        {
          title: 'HTTP: unread answers',
          description:
            'Bytes of answers that clients have not read; beyond 64 MB the oldest are cut.',
          unit: 'bytes',
          redFrom: 48 * 1024 * 1024,
          queries: [{ expr: 'parley_http_unsent_bytes', legend: EACH }],
        },
        {
          title: 'HTTP: unfinished bodies',
          description:
            'Bytes of request bodies that have begun and not ended; beyond 64 MB the oldest are cut.',
          unit: 'bytes',
          redFrom: 48 * 1024 * 1024,
          queries: [{ expr: 'parley_http_body_bytes', legend: EACH }],
        },
        {
          title: 'WebSocket: unfinished messages',
          description:
            'Bytes of WebSocket messages that have begun and not ended; beyond 64 MB the oldest are cut.',
          unit: 'bytes',
          redFrom: 48 * 1024 * 1024,
          queries: [{ expr: 'parley_websocket_unfinished_bytes', legend: EACH }],
        },
        {
          title: 'HTTP: pipelined requests',
          description:
            'Requests that wait for those before them on their connection; 5,000 at most.',
          unit: 'short',
          redFrom: 4000,
          queries: [{ expr: 'parley_http_requests_waiting', legend: EACH }],
        },
        {
          title: 'HTTP: cut',
          description: 'Connections that were cut because a bound was reached.',
          unit: 'ops',
          queries: [
            {
              expr: 'rate(parley_http_pipelines_cut_total[$__rate_interval])',
              legend: `pipelines ${EACH}`,
            },
            {
              expr: 'rate(parley_http_answers_cut_total[$__rate_interval])',
              legend: `unread answers ${EACH}`,
            },
            {
              expr: 'rate(parley_http_bodies_cut_total[$__rate_interval])',
              legend: `unfinished bodies ${EACH}`,
            },
            {
              expr: 'rate(parley_websocket_unfinished_cut_total[$__rate_interval])',
              legend: `unfinished messages ${EACH}`,
            },
          ],
        },
        {
          title: 'Bus: kept',
          description: 'Bytes of messages that a part keeps while the broker is away.',
          unit: 'bytes',
          queries: [{ expr: 'parley_bus_kept_bytes', legend: EACH }],
        },
      ],
    },
    {
      title: 'Broker: kept for clients',
      panels: [
        {
          title: 'Bytes',
          description:
            'What clients have not read, packets that are not whole, wills, messages that wait for chat, and retained messages.',
          unit: 'bytes',
          queries: [
            { expr: 'parley_broker_kept_unsent', legend: 'unread' },
            { expr: 'parley_broker_kept_received', legend: 'packets not whole' },
            { expr: 'parley_broker_kept_wills', legend: 'wills' },
            { expr: 'parley_broker_kept_held_back', legend: 'held back' },
            { expr: 'parley_broker_retained_bytes', legend: 'retained' },
          ],
        },
        {
          title: 'Counts',
          description:
            'Topic filters, QoS 2 messages without PUBREL, deliveries that wait, and messages that wait for chat.',
          unit: 'short',
          queries: [
            { expr: 'parley_broker_kept_filters', legend: 'filters' },
            { expr: 'parley_broker_kept_half_sent', legend: 'half sent' },
            { expr: 'parley_broker_deliveries_waiting', legend: 'deliveries' },
            { expr: 'parley_broker_inbox_waiting', legend: 'inbox' },
          ],
        },
      ],
    },
    {
      title: 'Links',
      panels: [
        {
          title: 'Scrapes',
          description: '1 where the process answers Prometheus.',
          unit: 'short',
          redBelow: 1,
          queries: [{ expr: 'up{job=~"chat|broadcast|broker"}', legend: EACH }],
        },
        {
          title: 'Bus',
          description: '1 where the link to the MQTT broker is up and subscribed.',
          unit: 'short',
          redBelow: 1,
          queries: [{ expr: 'parley_bus_connected', legend: '{{part}} {{instance}}' }],
        },
        {
          title: 'MQTT clients',
          description:
            'Clients of the embedded broker, and how many it refused or lost to an error in a second.',
          unit: 'short',
          queries: [
            { expr: 'sum(parley_broker_clients)', legend: 'connected' },
            {
              expr: 'sum(rate(parley_broker_client_errors_total[$__rate_interval]))',
              legend: 'errors a second',
            },
          ],
        },
        {
          title: 'Broken and refused',
          description:
            'Links to the broker that could not be made or broke, and subscriptions that its permissions refused to a part.',
          unit: 'ops',
          queries: [
            {
              expr: 'sum by (part) (rate(parley_bus_link_failures_total[$__rate_interval]))',
              legend: '{{part}}: links broken',
            },
            {
              expr: 'sum by (part) (rate(parley_bus_subscriptions_refused_total[$__rate_interval]))',
              legend: '{{part}}: subscriptions refused',
            },
          ],
        },
      ],
    },
  ],
};
