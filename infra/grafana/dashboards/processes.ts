import type { Dashboard } from '../dashboard.ts';

const EACH = '{{job}} {{instance}}';

/** Dashboard of every process: version, load, memory, links. */
export const processes: Dashboard = {
  uid: 'parley-processes',
  title: 'Processes',
  description: 'Every process: its version, load, memory, and links to other processes.',
  rows: [
    {
      title: 'Now',
      panels: [
        {
          title: 'Versions',
          description:
            'Processes of each service and version. A service has two versions only during an update.',
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
          title: 'Uptime',
          description: 'Time since the start of each process.',
          unit: 'dtdurations',
          number: true,
          queries: [{ expr: 'time() - process_start_time_seconds', legend: EACH }],
        },
        {
          title: 'Certificates',
          description: 'Time until the certificates in use expire.',
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
            'Processor time of each process. One thread does most of the work, so 100 % is nearly the maximum.',
          unit: 'percentunit',
          queries: [{ expr: 'rate(process_cpu_seconds_total[$__rate_interval])', legend: EACH }],
        },
        {
          title: 'Event loop',
          description:
            'Time that new work waits for its turn. 99 of 100 waits are shorter. Idle processes show about 11 ms.',
          unit: 's',
          redFrom: 0.25,
          queries: [{ expr: 'nodejs_eventloop_lag_p99_seconds', legend: EACH }],
        },
        {
          title: 'Garbage collection',
          description: 'Share of time spent on garbage collection.',
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
          description: 'Memory of JavaScript objects. A minimum that rises for days is a leak.',
          unit: 'bytes',
          queries: [{ expr: 'nodejs_heap_size_used_bytes', legend: EACH }],
        },
        {
          title: 'Open files',
          description:
            'Open files and sockets as a share of the limit of the process. Every stream is one.',
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
            'Bytes of answers that clients have not read. Above 64 MB the oldest connections are closed.',
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
            'Requests that wait for earlier requests on their connection. The limit is 5,000.',
          unit: 'short',
          redFrom: 4000,
          queries: [{ expr: 'parley_http_requests_waiting', legend: EACH }],
        },
        {
          title: 'HTTP: closed',
          description: 'Connections closed because of a limit.',
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
          title: 'Bus: queued',
          description: 'Bytes of messages that a service keeps while the broker is down.',
          unit: 'bytes',
          queries: [{ expr: 'parley_bus_kept_bytes', legend: EACH }],
        },
      ],
    },
    {
      title: 'Broker: memory for clients',
      panels: [
        {
          title: 'Bytes',
          description:
            'Unread bytes of clients, incomplete packets, wills, messages that wait for chat, and retained messages.',
          unit: 'bytes',
          queries: [
            { expr: 'parley_broker_kept_unsent', legend: 'unread' },
            { expr: 'parley_broker_kept_received', legend: 'incomplete packets' },
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
          description: '1 when the process answers Prometheus.',
          unit: 'short',
          redBelow: 1,
          queries: [{ expr: 'up{job=~"chat|broadcast|broker|catalog|hooks"}', legend: EACH }],
        },
        {
          title: 'Bus',
          description: '1 when the link to the MQTT broker is up and subscribed.',
          unit: 'short',
          redBelow: 1,
          queries: [{ expr: 'parley_bus_connected', legend: '{{part}} {{instance}}' }],
        },
        {
          title: 'MQTT clients',
          description:
            'Clients of the embedded broker, and clients that it refused or lost by an error, per second.',
          unit: 'short',
          queries: [
            { expr: 'sum(parley_broker_clients)', legend: 'connected' },
            {
              expr: 'sum(rate(parley_broker_client_errors_total[$__rate_interval]))',
              legend: 'errors per second',
            },
          ],
        },
        {
          title: 'Broken and refused',
          description:
            'Links to the broker that failed or broke, and subscriptions that the permissions of the broker refused to a service.',
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
