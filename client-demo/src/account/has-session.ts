import { backoffMs, pause } from '@parley/client/pause';
import { isDecision } from '../request-json.ts';

/** The pauses between attempts while the server gives no answer. */
const RETRY = { minMs: 2_000, maxMs: 30_000 };

/**
 * Whether there is a session, after a renewal that is repeated until the server answers, or `signal`
 * aborts. `onFailure` is called for each attempt without an answer.
 */
export async function hasSession(
  recover: () => Promise<boolean>,
  { signal, onFailure }: { signal?: AbortSignal; onFailure?: () => void } = {},
): Promise<boolean> {
  const until = signal ?? new AbortController().signal;
  for (let attempt = 1; !until.aborted; attempt++) {
    try {
      return await recover();
    } catch (error) {
      if (isDecision(error)) return false;
      onFailure?.();
      await pause(backoffMs(attempt, RETRY), until);
    }
  }
  return false;
}
