import type { DatabaseSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';

/** Answers the calls of `ThreadCalls` in this thread, until a call of `close` ends it. */
export function answerCalls(
  database: DatabaseSync,
  calls: Record<string, (argument: never) => unknown>,
): void {
  parentPort?.on(
    'message',
    ({ id, call, argument }: { id: number; call: string; argument: never }) => {
      if (call === 'close') {
        database.close();
        parentPort?.close();
        return;
      }
      try {
        parentPort?.postMessage({ id, result: calls[call]?.(argument) });
      } catch (error) {
        parentPort?.postMessage({ id, error });
      }
    },
  );
  parentPort?.postMessage({ ready: true });
}
