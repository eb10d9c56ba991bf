import { EVENT_KINDS } from '@parley/contract/events/event.ts';
import { LATENCY_BUCKETS_SECONDS, type Metrics } from '@parley/kit/metrics.ts';
import { OUTCOMES } from './log/outcome.ts';

const POST_KINDS = ['message', 'event', 'signal'];
const TICKET_OUTCOMES = ['issued', 'redeemed', 'refused', 'failed'];
const CHANGE_OUTCOMES = ['stored', 'unchanged', 'refused', 'failed'];

/** Opens chat's metrics. */
export function openChatMetrics(metrics: Metrics) {
  const posts = metrics.counter({
    name: 'parley_posts_total',
    help: 'Posts of a message, a typed event or a signal, a line of a batch each, by kind and outcome.',
    labels: ['kind', 'outcome'],
  });
  const inbox = metrics.counter({
    name: 'parley_inbox_total',
    help: 'Messages of devices that this replica received from the inbox, by outcome.',
    labels: ['outcome'],
  });
  for (const outcome of OUTCOMES) {
    for (const kind of POST_KINDS) posts.inc({ kind, outcome }, 0);
    inbox.inc({ outcome }, 0);
  }
  const tickets = metrics.counter({
    name: 'parley_tickets_total',
    help: 'Tickets, by outcome; a refused ticket was used before, has expired or was never issued.',
    labels: ['outcome'],
  });
  for (const outcome of TICKET_OUTCOMES) tickets.inc({ outcome }, 0);
  const changes = metrics.counter({
    name: 'parley_changes_total',
    help: 'Requests other than messages (vote, reaction, edit, delete, close, reopen), by kind and outcome.',
    labels: ['kind', 'outcome'],
  });
  for (const kind of EVENT_KINDS.filter((name) => !POST_KINDS.includes(name))) {
    for (const outcome of CHANGE_OUTCOMES) changes.inc({ kind, outcome }, 0);
  }
  return {
    posts,
    changes,
    tickets,
    inbox,
    /** Only with INBOX=on. Otherwise its 0 would look as if no replica received from devices. */
    openInboxGauge: () =>
      metrics.gauge({
        name: 'parley_inbox_open',
        help: '1 on the replica that receives what devices publish; absent with INBOX=off.',
      }),
    countWaiting: (collect: () => number) =>
      metrics.gauge({
        name: 'parley_posts_waiting',
        help: 'Posts, votes, edits and so on that wait for the running transaction to end.',
        collect,
      }),
    countBatches: ({ bytes, lines }: { bytes: () => number; lines: () => number }) => {
      metrics.gauge({
        name: 'parley_batch_bytes',
        help: 'Bytes of batches, from their arrival to their answer.',
        collect: bytes,
      });
      metrics.gauge({
        name: 'parley_batch_lines_waiting',
        help: 'Lines of batches that are not answered yet.',
        collect: lines,
      });
    },
    commitSize: metrics.histogram({
      name: 'parley_commit_batch_size',
      help: 'Messages, votes and so on in one transaction.',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    }),
    commitSeconds: metrics.histogram({
      name: 'parley_commit_seconds',
      help: 'Time of one transaction, from the call of the store to its answer.',
      buckets: LATENCY_BUCKETS_SECONDS,
    }),
    publishSeconds: metrics.histogram({
      name: 'parley_publish_seconds',
      help: 'Time from publishing events to the MQTT broker to receiving the echo after them.',
      buckets: LATENCY_BUCKETS_SECONDS,
    }),
    trimmed: metrics.counter({
      name: 'parley_events_trimmed_total',
      help: 'Events removed because they are no longer kept.',
    }),
    logQueries: metrics.counter({
      name: 'parley_log_queries_total',
      help: 'Queries on the log, by kind.',
      labels: ['kind'],
    }),
  };
}

export type ChatMetrics = ReturnType<typeof openChatMetrics>;
