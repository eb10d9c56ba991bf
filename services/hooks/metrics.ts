import type { Metrics } from '@parley/kit/metrics.ts';

/** Why a delivery fails. */
export const FAILURE_REASONS = ['status', 'timeout', 'connection', 'address'] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** The metrics of the hooks. */
export function openHookMetrics(metrics: Metrics) {
  const failures = metrics.counter({
    name: 'parley_hook_failures_total',
    help: 'Deliveries of webhooks that failed, by reason: status, timeout, connection, address.',
    labels: ['reason'],
  });
  for (const reason of FAILURE_REASONS) failures.inc({ reason }, 0);
  let oldestMs = () => 0;
  metrics.gauge({
    name: 'parley_hook_oldest_seconds',
    help: 'Age of the oldest event that a receiver of webhooks has not accepted; 0 when none waits.',
    collect: () => oldestMs() / 1000,
  });
  return {
    failures,
    /** Sets what gives the age of the oldest event that waits, in milliseconds. */
    readOldest(ageMs: () => number): void {
      oldestMs = ageMs;
    },
    deliveries: metrics.counter({
      name: 'parley_hook_deliveries_total',
      help: 'Events that receivers of webhooks have accepted.',
    }),
    setAside: metrics.counter({
      name: 'parley_hook_set_aside_total',
      help: 'Events that were set aside, because their receiver refused them for too long.',
    }),
    faults: metrics.counter({
      name: 'parley_hook_faults_total',
      help: 'Failures of the log or the store while webhooks were delivered.',
    }),
  };
}

export type HookMetrics = ReturnType<typeof openHookMetrics>;
