import type { Metrics } from '@parley/kit/metrics.ts';
import { SENDERS } from '../store/in-store.ts';

const FAILURES = ['refused', 'limited', 'failed', 'unknown'] as const;
/** What became of a delivery that was not accepted. */
export type Outcome = (typeof FAILURES)[number];

/** What hooks count by which other programs post. */
export function openHooksInMetrics(metrics: Metrics) {
  const deliveries = metrics.counter({
    name: 'parley_hook_in_deliveries_total',
    help: 'Deliveries to POST /hooks/in/:name/:secret, by sender (unknown until its form is read) and outcome: accepted, refused (the sender or the hook must change), limited, failed, or unknown for a wrong name or secret.',
    labels: ['sender', 'outcome'],
  });
  const messages = metrics.counter({
    name: 'parley_hook_in_messages_total',
    help: 'Messages of these deliveries, by outcome: posted, edited (a resolved alert) or repeated (known already).',
    labels: ['outcome'],
  });
  for (const sender of SENDERS)
    if (sender !== 'auto') deliveries.inc({ sender, outcome: 'accepted' }, 0);
  for (const outcome of FAILURES) deliveries.inc({ sender: 'unknown', outcome }, 0);
  for (const outcome of ['posted', 'edited', 'repeated']) messages.inc({ outcome }, 0);
  return { deliveries, messages };
}

export type HooksInMetrics = ReturnType<typeof openHooksInMetrics>;
