import type { DatabaseSync } from 'node:sqlite';
import { parentPort } from 'node:worker_threads';

/** Does in this thread what `ThreadCalls` asks for, until it asks to close the database. */
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
