import { PlainError } from '@parley/kit/plain-error.ts';
import { CHECKS } from './checks.ts';
import { unchecked } from './refused.ts';
import { ask } from './request.ts';
import type { Check, Verdict, Visit } from './verdict.ts';

/** A check and its result. */
export interface Finding {
  name: string;
  verdict: Verdict;
}

/**
 * Runs the checks one after the other and yields each result.
 * @throws PlainError when no server answers
 */
export async function* examine(visit: Visit, checks = CHECKS): AsyncGenerator<Finding> {
  try {
    await ask(visit, '/chat?limit=1');
  } catch (error) {
    throw new PlainError(`no server answers at ${visit.url.origin}: ${(error as Error).message}`);
  }
  for (const check of checks) yield { name: check.name, verdict: await make(check, visit) };
}

async function make(check: Check, visit: Visit): Promise<Verdict> {
  try {
    return await check.run(visit);
  } catch (error) {
    return unchecked(error as Error);
  }
}
