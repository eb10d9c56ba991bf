import { ChatError } from '@parley/contract/problem.ts';

/** What may become of a message that somebody sent. */
export const OUTCOMES = ['stored', 'replayed', 'mismatch', 'refused', 'failed'];

/** The outcome, for counting, of one that was not stored. */
export function failedOutcome(error: unknown): string {
  if (!(error instanceof ChatError)) return 'failed';
  if (error.code === 'idempotency-mismatch') return 'mismatch';
  return error.status < 500 ? 'refused' : 'failed';
}
