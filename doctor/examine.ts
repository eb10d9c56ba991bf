import { PlainError } from '@parley/kit/plain-error.ts';
import { CHECKS } from './checks.ts';
import { unchecked } from './refused.ts';
import { ask } from './request.ts';
import type { Check, Verdict, Visit } from './verdict.ts';

/** A check and what it came to. */
export interface Finding {
  name: string;
  verdict: Verdict;
}

/**
 * Makes the checks, one after the other, and hands each finding out as it is there.
 * @throws PlainError when nobody answers at all
 */
export async function* examine(visit: Visit, checks = CHECKS): AsyncGenerator<Finding> {
  try {
    await ask(visit, '/chat?limit=1');
  } catch (error) {
    throw new PlainError(`nobody answers at ${visit.url.origin}: ${(error as Error).message}`);
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
