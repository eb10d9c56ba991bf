import { PlainError } from '@parley/kit/plain-error.ts';
import { CHECKS } from './checks.ts';
import { ask } from './request.ts';
import { type Check, type Verdict, type Visit, wrong } from './verdict.ts';

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
    await ask(new URL('/chat?limit=1', visit.url));
  } catch (error) {
    throw new PlainError(`nobody answers at ${visit.url.origin}: ${(error as Error).message}`);
  }
  for (const check of checks) yield { name: check.name, verdict: await make(check, visit) };
}

async function make(check: Check, visit: Visit): Promise<Verdict> {
  try {
    return await check.run(visit);
  } catch (error) {
    return wrong((error as Error).message, {
      why: 'so it could not be checked',
      mend: "look for it in the proxy's access log and in the log of chat or broadcast",
    });
  }
}
