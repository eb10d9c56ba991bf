import type { Metrics } from '@parley/kit/metrics.ts';
import type { Counter, Gauge } from 'prom-client';

const OUTCOMES = ['sent', 'failed', 'limited', 'dropped'];

export interface MailMetrics {
  mails: Counter<'outcome'>;
  waiting: Gauge;
}

/** Opens the metrics of mails. */
export function openMailMetrics(metrics: Metrics): MailMetrics {
  const mails = metrics.counter({
    name: 'parley_mails_total',
    help: 'Mails, by outcome: sent, failed, limited (too many to one address), dropped (too many wait).',
    labels: ['outcome'],
  });
  for (const outcome of OUTCOMES) mails.inc({ outcome }, 0);
  const help = 'Mails that are not sent yet.';
  return { mails, waiting: metrics.gauge({ name: 'parley_mails_waiting', help }) };
}
