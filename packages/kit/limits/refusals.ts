import { ChatError } from '@parley/contract/problem.ts';
import type { Metrics } from '../metrics.ts';

const KINDS = ['posts', 'streams', 'connections'] as const;

/** Counts what is refused because one client asks too much, and says so to it. */
export type RefuseTooMany = (
  kind: (typeof KINDS)[number],
  message: string,
  retryAfterSeconds: number,
) => ChatError;

/** Opens the count of refusals; the error that each gives is the caller's to throw. */
export function openRefusals(metrics: Metrics): RefuseTooMany {
  const refusals = metrics.counter({
    name: 'parley_limit_refusals_total',
    help: 'What was refused because one address or account asks too much: posts, streams or connections.',
    labels: ['kind'],
  });
  for (const kind of KINDS) refusals.inc({ kind }, 0);
  return (kind, message, retryAfterSeconds) => {
    refusals.inc({ kind });
    return new ChatError('too-many-requests', message, { retryAfterSeconds });
  };
}
