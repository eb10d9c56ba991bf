import { ChatError } from '@parley/contract/problem.ts';

/** The outcomes of a post. A signal is `sent`. */
export const OUTCOMES = ['stored', 'replayed', 'sent', 'mismatch', 'refused', 'failed'];

/** The outcome, for counting, of a message that was not stored. */
export function failedOutcome(error: unknown): string {
  if (!(error instanceof ChatError)) return 'failed';
  if (error.code === 'idempotency-mismatch') return 'mismatch';
  return error.status < 500 ? 'refused' : 'failed';
}
