import { ChatError } from '@parley/contract/problem.ts';
import type { Metrics } from '../metrics.ts';

const KINDS = ['posts', 'signals', 'streams', 'connections'] as const;

/** Counts a refusal of a client above its limit and makes the error for that client. */
export type RefuseTooMany = (
  kind: (typeof KINDS)[number],
  message: string,
  retryAfterSeconds: number,
) => ChatError;

/** Opens the count of refusals; the caller throws the error that it returns. */
export function openRefusals(metrics: Metrics): RefuseTooMany {
  const refusals = metrics.counter({
    name: 'parley_limit_refusals_total',
    help: 'Posts, signals, streams or connections that were refused because one address or account is above its limit.',
    labels: ['kind'],
  });
  for (const kind of KINDS) refusals.inc({ kind }, 0);
  return (kind, message, retryAfterSeconds) => {
    refusals.inc({ kind });
    return new ChatError('too-many-requests', message, { retryAfterSeconds });
  };
}
