import type { Dashboard } from '../dashboard.ts';
import { p99By, quantiles, rateBy } from '../quantiles.ts';

/** What chat does: posts, commits, publishing, reading the log. */
export const ingest: Dashboard = {
  uid: 'parley-ingest',
  title: 'Ingest',
  description:
    'What becomes of posts in chat: parsed, committed in groups, published; who signs in, and who reads the log.',
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
          title: 'Votes, edits, deletes, closings',
          description: 'Everything that is no message, by kind, whatever its outcome.',
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
          title: 'Time of an answer',
          description:
            'From the head of a request to the end of its answer, by route; 99 of 100 are faster.',
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
          title: 'Too much of one client',
          description:
            'Posts, streams and connections answered 429, because one address or account had too many.',
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
            'By outcome: done, wrong (name or password), limited (429), refused (another 4xx), failed (5xx). Many wrong or limited ones: somebody guesses passwords.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('outcome', 'parley_logins_total')],
        },
        {
          title: 'Sign-ups',
          description:
            'By outcome: done, taken (the name or the address is), limited, refused, failed.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('outcome', 'parley_sign_ups_total')],
        },
      ],
    },
    {
      title: 'Inbox',
      panels: [
        {
          title: 'Said by devices',
          description:
            'Messages taken in from chat/inbox/<channel> on MQTT, by outcome, as for posts; refused ones are told on chat/errors/<client id>.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('outcome', 'parley_inbox_total')],
        },
        {
          title: 'Who takes it in',
          description: '1 for the one replica that does; for a few seconds nobody where one died.',
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
          description: 'Time of one transaction, from handing it to the store to its answer.',
          unit: 's',
          redFrom: 0.5,
          queries: quantiles('parley_commit_seconds'),
        },
        {
          title: 'Posts in a commit',
          description:
            'Posts, votes and so on that share one transaction: many where they come faster than the disk.',
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
          description: '1 where the store took a write just now and no post has waited for 5 s.',
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
            'From handing events to the broker to hearing the echo after them: how far it is behind.',
          unit: 's',
          redFrom: 0.5,
          queries: quantiles('parley_publish_seconds'),
        },
        {
          title: 'Published',
          description:
            'Messages handed to the broker; those dropped while it was away are in the log.',
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
          description: 'Beyond 10,000 a post is answered with 503.',
          unit: 'short',
          redFrom: 8000,
          queries: [{ expr: 'parley_posts_waiting', legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Log',
      panels: [
        {
          title: 'Queries',
          description: 'What is asked of the log: pages of events, transcripts, lists of channels.',
          unit: 'ops',
          stacked: true,
          queries: [rateBy('kind', 'parley_log_queries_total')],
        },
        {
          title: 'Trimmed',
          description: 'Events removed because they are no longer kept, canaries among them.',
          unit: 'ops',
          queries: [rateBy('instance', 'parley_events_trimmed_total')],
        },
        {
          title: 'Tickets',
          description:
            'By what became of them; refused are those that were used, expired or never issued.',
          unit: 'ops',
          queries: [rateBy('outcome', 'parley_tickets_total')],
        },
      ],
    },
  ],
};
