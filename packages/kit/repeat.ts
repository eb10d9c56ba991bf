import { setTimeout as delay } from 'node:timers/promises';

/** Waits for `ms`, or less when `signal` is aborted. Never rejects. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

interface RepeatOptions {
  /** Ends the loop: no run begins after it is aborted. */
  signal: AbortSignal;
  /**
   * The time between two runs: from an end to the next start, or from a start to the next start. A
   * function is asked before each pause.
   */
  pauseMs: number | (() => number);
  /** Default: `end`. A run that takes longer than `pauseMs` is never joined by a second one. */
  pauseFrom?: 'end' | 'start';
  /** Called at each pause. The pause ends early when the promise resolves. */
  wake?: () => Promise<void>;
  /** Called for each failed run. `inARow` is 1 for the first failure after a success. */
  onFailure?: (error: unknown, inARow: number) => void;
}

/**
 * Runs a task at once, and again after each pause. Resolves when `signal` is aborted and the run in
 * progress has ended. Rejects when a run fails and there is no `onFailure`.
 */
export async function repeat(
  task: () => Promise<void>,
  { signal, pauseMs, pauseFrom = 'end', wake, onFailure }: RepeatOptions,
): Promise<void> {
  const rests = () => pause(typeof pauseMs === 'number' ? pauseMs : pauseMs(), signal);
  for (let failures = 0; !signal.aborted; ) {
    const fromStart = pauseFrom === 'start' ? rests() : undefined;
    try {
      await task();
      failures = 0;
    } catch (error) {
      if (!onFailure) throw error;
      failures++;
      onFailure(error, failures);
    }
    const rest = fromStart ?? rests();
    await (wake ? Promise.race([rest, wake()]) : rest);
  }
}
