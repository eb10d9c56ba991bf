import type { Dashboard } from '../dashboard.ts';
import { p99By, quantiles, rateBy } from '../quantiles.ts';
import { webhooksRow } from '../webhooks-row.ts';

/** Dashboard of chat: posts, commits, publishing, reads of the log. */
export const ingest: Dashboard = {
  uid: 'parley-ingest',
  title: 'Ingest',
  description:
    'Posts in chat: parsed, committed in groups, published. Also logins, sign-ups and reads of the log.',
  rows: [
    {
      title: 'Posts',
      panels: [
        {
          title: 'Posts',
          description:
            'By outcome: stored, replayed (a known Idempotency-Key), mismatch (the same key, another body), refused (4xx), failed (5xx).',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('outcome', 'parley_posts_total')],
        },
        {
          title: 'Posts by kind',
          description: 'Messages, typed events and signals, with every outcome.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('kind', 'parley_posts_total')],
        },
        {
          title: 'Votes, edits, deletes, closings',
          description: 'All changes except messages, by kind, with every outcome.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('kind', 'parley_changes_total')],
        },
      ],
    },
    {
      title: 'Requests',
      panels: [
        {
          title: 'Response time',
          description:
            'Time from the head of a request to the end of its answer, by route. 99 of 100 are faster.',
          unit: 's',
          queries: [p99By('route', 'parley_http_request_seconds')],
        },
        {
          title: 'Answers',
          description: 'Requests answered, by status.',
          unit: 'reqps',
          stacked: true,
          queries: [rateBy('status', 'parley_http_request_seconds_count')],
        },
        {
          title: 'Limits of one client',
          description:
            'Posts, signals, streams and connections refused with 429, because one address or account had too many.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('kind', 'parley_limit_refusals_total')],
        },
      ],
    },
    {
      title: 'Accounts',
      panels: [
        {
          title: 'Logins',
          description:
            'By outcome: done, wrong (name or password), limited (429), refused (another 4xx), failed (5xx). Many wrong or limited logins mean that a client guesses passwords.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('outcome', 'parley_logins_total')],
        },
        {
          title: 'Sign-ups',
          description:
            'By outcome: done, taken (the name or the email address is in use), limited, refused, failed.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('outcome', 'parley_sign_ups_total')],
        },
        {
          title: 'Mails',
          description:
            'By outcome: sent, failed (given up after some minutes), limited (too many to one address), dropped (1,000 wait).',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('outcome', 'parley_mails_total')],
        },
        {
          title: 'Mails that wait',
          description: 'Mails that are not sent yet. The log has the cause when sending fails.',
          unit: 'short',
          queries: [{ expr: 'parley_mails_waiting', legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Inbox',
      panels: [
        {
          title: 'Messages of devices',
          description:
            'Messages received from chat/inbox/<channel> on MQTT, by outcome, as for posts. Refusals are published on chat/errors/<client id>.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('outcome', 'parley_inbox_total')],
        },
        {
          title: 'Replica that reads the inbox',
          description:
            '1 for the replica that reads the inbox. After a crash no replica reads it for a few seconds.',
          unit: 'short',
          queries: [{ expr: 'parley_inbox_open', legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Store',
      panels: [
        {
          title: 'Commit',
          description: 'Time of one transaction, from its start to the answer of the store.',
          unit: 's',
          redFrom: 0.5,
          queries: quantiles('parley_commit_seconds'),
        },
        {
          title: 'Posts in a commit',
          description:
            'Posts, votes and other changes in one transaction. The number is high when they arrive faster than the disk commits.',
          unit: 'short',
          queries: [
            {
              expr: 'sum by (instance) (rate(parley_commit_batch_size_sum[$__rate_interval])) / sum by (instance) (rate(parley_commit_batch_size_count[$__rate_interval]))',
              legend: '{{instance}}',
            },
          ],
        },
        {
          title: 'State',
          description:
            '1 when the last write to the store succeeded and no post has waited for 5 s.',
          unit: 'short',
          redBelow: 1,
          queries: [
            {
              expr: 'min by (check, instance) (parley_check_ok{check=~"store|ingest"})',
              legend: '{{check}} {{instance}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Bus',
      panels: [
        {
          title: 'Publish',
          description:
            'Time from sending events to the broker to the echo behind them. It shows how far the broker is behind.',
          unit: 's',
          redFrom: 0.5,
          queries: quantiles('parley_publish_seconds'),
        },
        {
          title: 'Published',
          description:
            'Messages sent to the broker. Those dropped while the broker was down are in the log.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('outcome', 'parley_bus_published_total')],
        },
      ],
    },
    {
      title: 'Bounds over all clients',
      panels: [
        {
          title: 'Posts that wait for the store',
          description: 'At more than 10,000 chat answers a post with 503.',
          unit: 'short',
          redFrom: 8000,
          queries: [{ expr: 'parley_posts_waiting', legend: '{{instance}}' }],
        },
        {
          title: 'Lines of batches that wait',
          description: 'At more than 20,000 chat answers a batch with 503.',
          unit: 'short',
          redFrom: 16000,
          queries: [{ expr: 'parley_batch_lines_waiting', legend: '{{instance}}' }],
        },
        {
          title: 'Bytes of batches',
          description:
            'Bodies of batches from their arrival to their answer. Beyond 64 MB those that began first and are not complete get 503.',
          unit: 'bytes',
          redFrom: 56 * 1024 * 1024,
          queries: [{ expr: 'parley_batch_bytes', legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Log',
      panels: [
        {
          title: 'Queries',
          description:
            'Queries on the log, by kind: pages of events, transcripts, lists of channels.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('kind', 'parley_log_queries_total')],
        },
        {
          title: 'Trimmed',
          description: 'Events removed by retention, with canaries.',
          unit: 'ops',
          queries: [rateBy('instance', 'parley_events_trimmed_total')],
        },
        {
          title: 'Tickets',
          description: 'By outcome. Refused: the ticket was used, expired or never issued.',
          unit: 'ops',
          queries: [rateBy('outcome', 'parley_tickets_total')],
        },
      ],
    },
    webhooksRow,
  ],
};
