import type { DatabaseSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';

/**
 * Answers the calls of `ThreadCalls` in this thread, until a call of `close` ends it. Each call gets
 * exactly one answer, in the order of the calls.
 */
export function answerCalls(
  database: DatabaseSync,
  calls: Record<string, (argument: never) => unknown>,
): void {
  parentPort?.on('message', ({ call, argument }: { call: string; argument: never }) => {
    if (call === 'close') {
      database.close();
      parentPort?.close();
      return;
    }
    try {
      parentPort?.postMessage({ result: calls[call]?.(argument) });
    } catch (error) {
      parentPort?.postMessage({ error });
    }
  });
  parentPort?.on('messageerror', (error) => {
    throw error;
  });
  parentPort?.postMessage({ ready: true });
}
