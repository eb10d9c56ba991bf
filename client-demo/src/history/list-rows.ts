import type { Message } from '@parley/client';
import type { Day } from './day.ts';
import { type ListedMessage, messagesByDay } from './day-messages.ts';

/**
 * A row of the list: the name of a day, or a message. `key` stays the same when the list changes.
 */
export type ListRow = { key: string; day: Day } & (
  | { kind: 'day' }
  | ({ kind: 'message' } & ListedMessage)
);

/** The rows of a history, oldest first. */
export function listRows(events: readonly Message[]): ListRow[] {
  return messagesByDay(events).flatMap(({ day, messages }): ListRow[] => [
    { kind: 'day', key: day, day },
    ...messages.map(
      (listed): ListRow => ({ kind: 'message', key: listed.event.id, day, ...listed }),
    ),
  ]);
}
