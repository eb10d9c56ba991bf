import { ChatError } from '@parley/contract/problem.ts';
import type { Metrics } from '@parley/kit/metrics.ts';
import type { Counter } from 'prom-client';

const LOGIN_OUTCOMES = ['done', 'wrong', 'limited', 'refused', 'failed'];
const SIGN_UP_OUTCOMES = ['done', 'taken', 'limited', 'refused', 'failed'];

/** Runs work and counts its outcome. */
type Count = <T>(work: () => Promise<T>) => Promise<T>;

export interface AccountMetrics {
  logIn: Count;
  signUp: Count;
}

/** Opens the metrics of accounts. */
export function openAccountMetrics(metrics: Metrics): AccountMetrics {
  const logins = metrics.counter({
    name: 'parley_logins_total',
    help: 'Logins, by outcome.',
    labels: ['outcome'],
  });
  const signUps = metrics.counter({
    name: 'parley_sign_ups_total',
    help: 'Sign-ups, by outcome.',
    labels: ['outcome'],
  });
  for (const outcome of LOGIN_OUTCOMES) logins.inc({ outcome }, 0);
  for (const outcome of SIGN_UP_OUTCOMES) signUps.inc({ outcome }, 0);
  return { logIn: counting(logins), signUp: counting(signUps) };
}

function counting(counter: Counter<'outcome'>): Count {
  return async (work) => {
    try {
      const result = await work();
      counter.inc({ outcome: 'done' });
      return result;
    } catch (error) {
      counter.inc({ outcome: failedOutcome(error) });
      throw error;
    }
  };
}

function failedOutcome(error: unknown): string {
  if (!(error instanceof ChatError) || error.status >= 500) return 'failed';
  if (error.code === 'invalid-credentials') return 'wrong';
  if (error.code === 'account-exists') return 'taken';
  return error.code === 'too-many-requests' ? 'limited' : 'refused';
}
