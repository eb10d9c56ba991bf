import type { Message } from '@parley/client';
import type { Day } from './day.ts';
import { type ListedMessage, messagesByDay } from './day-messages.ts';

/**
 * A row of the list: the name of a day, the beginning of what is new, or a message. `key` stays the
 * same when the list changes.
 */
export type ListRow = { key: string; day: Day } & (
  | { kind: 'day' }
  | { kind: 'new' }
  | ({ kind: 'message' } & ListedMessage)
);

/** The rows of a history, oldest first. The message `newFrom` is the first new one. */
export function listRows(events: readonly Message[], newFrom?: number): ListRow[] {
  return messagesByDay(events).flatMap(({ day, messages }): ListRow[] => [
    { kind: 'day', key: day, day },
    ...messages.flatMap((listed): ListRow[] => {
      const row = { kind: 'message' as const, key: listed.event.id, day, ...listed };
      if (listed.event.seq !== newFrom) return [row];
      return [
        { kind: 'new', key: 'new', day },
        { ...row, continues: false },
      ];
    }),
  ]);
}
