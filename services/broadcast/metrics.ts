import { LATENCY_BUCKETS_SECONDS, type Metrics } from '@parley/kit/metrics.ts';

const RESUME_SOURCES = ['backlog', 'log', 'reset'];
const SIGNAL_OUTCOMES = ['delivered', 'dropped'];
const RENEWAL_OUTCOMES = ['renewed', 'unknown', 'refused'];
const CLOSE_REASONS = ['reader', 'slow', 'stalled', 'unreachable', 'expired', 'access', 'stopping'];

type MemoryKind = 'backlogs' | 'held' | 'pages' | 'catchUps' | 'unsent';

/** The metrics of broadcast. */
export function openBroadcastMetrics(metrics: Metrics) {
  const resumes = metrics.counter({
    name: 'parley_resumes_total',
    help: 'Readers that asked for past events, by source: the backlog in memory, the log, or a reset.',
    labels: ['source'],
  });
  const closed = metrics.counter({
    name: 'parley_streams_closed_total',
    help: 'Streams that ended, by reason; slow, stalled and unreachable readers were cut off.',
    labels: ['reason'],
  });
  const renewals = metrics.counter({
    name: 'parley_stream_renewals_total',
    help: 'Renewals of open streams, by outcome; unknown: the stream had ended.',
    labels: ['outcome'],
  });
  const signals = metrics.counter({
    name: 'parley_signals_total',
    help: 'Signals for live readers, one for each reader, by outcome; dropped: the reader had unsent bytes.',
    labels: ['outcome'],
  });
  for (const outcome of SIGNAL_OUTCOMES) signals.inc({ outcome }, 0);
  for (const outcome of RENEWAL_OUTCOMES) renewals.inc({ outcome }, 0);
  for (const source of RESUME_SOURCES) resumes.inc({ source }, 0);
  for (const reason of CLOSE_REASONS) closed.inc({ reason }, 0);
  return {
    resumes,
    closed,
    renewals,
    open: metrics.gauge({ name: 'parley_streams_open', help: 'Streams open now.' }),
    limit: metrics.gauge({ name: 'parley_streams_limit', help: 'Streams that may be open.' }),
    streamChannels: metrics.histogram({
      name: 'parley_stream_channels',
      help: 'Channels of a stream when it begins; of a WebSocket that subscribes the most at once, when it ends.',
      buckets: [1, 2, 5, 10, 20, 50, 100],
    }),
    turnedAway: metrics.counter({
      name: 'parley_streams_refused_total',
      help: 'Requests for a stream that were refused because too many are open.',
    }),
    /**
     * Exports what broadcast keeps in memory for its readers. Each kind has one limit for all
     * readers together (docs/limits.md).
     */
    countMemory({ backlogs, held, pages, catchUps, unsent }: Record<MemoryKind, () => number>) {
      const add = (name: string, help: string, collect: () => number) =>
        metrics.gauge({ name, help, collect });
      add('parley_backlog_bytes', 'Bytes of recent events in memory, of all channels.', backlogs);
      add('parley_held_bytes', 'Bytes of events held until earlier events arrive.', held);
      add('parley_log_page_bytes', 'Bytes of log pages kept for readers.', pages);
      add(
        'parley_streams_unsent_bytes',
        'Bytes not yet sent to readers; shared bytes count once.',
        unsent,
      );
      add('parley_catch_ups_unsent', 'Readers with past events not yet sent.', catchUps);
    },
    channels: metrics.gauge({
      name: 'parley_feeds_open',
      help: 'Channels with readers, or with readers a moment ago.',
    }),
    deliveries: metrics.counter({
      name: 'parley_deliveries_total',
      help: 'Events written to live readers, one for each reader.',
    }),
    signals,
    lagSeconds: metrics.histogram({
      name: 'parley_delivery_lag_seconds',
      help: 'Time from the commit of an event to its write to the live readers.',
      buckets: LATENCY_BUCKETS_SECONDS,
    }),
    repaired: metrics.counter({
      name: 'parley_events_repaired_total',
      help: 'Events that the bus lost and the log supplied.',
    }),
    repeated: metrics.counter({
      name: 'parley_events_repeated_total',
      help: 'Events that arrived again from the bus and were dropped.',
    }),
    refused: metrics.counter({
      name: 'parley_events_refused_total',
      help: 'Messages on an events topic that are not valid events.',
    }),
    canarySeconds: metrics.histogram({
      name: 'parley_canary_seconds',
      help: 'Time from sending a canary to its arrival through chat, bus and hub.',
      buckets: LATENCY_BUCKETS_SECONDS,
    }),
    canaryFailures: metrics.counter({
      name: 'parley_canary_failures_total',
      help: 'Canaries that chat did not accept or that did not arrive in time.',
    }),
    logFailures: metrics.counter({
      name: 'parley_log_failures_total',
      help: 'Queries on the log that failed; they are tried again.',
    }),
  };
}

export type BroadcastMetrics = ReturnType<typeof openBroadcastMetrics>;
