import type { Message } from '@parley/client';
import { type Day, dayOf } from './day.ts';

const PAUSE_MS = 5 * 60_000;

/** A message in the list. `continues`: it follows a message of the same name within 5 minutes. */
export interface ListedMessage {
  event: Message;
  continues: boolean;
}

/** The messages of one day, oldest first. */
export interface DayMessages {
  day: Day;
  messages: ListedMessage[];
}

/** Groups a history by days in the reader's time zone. */
export function messagesByDay(events: readonly Message[]): DayMessages[] {
  const days: DayMessages[] = [];
  for (const event of events) {
    const day = dayOf(event.at);
    const current = days.at(-1);
    if (current?.day !== day) {
      days.push({ day, messages: [{ event, continues: false }] });
      continue;
    }
    current.messages.push({ event, continues: continues(current.messages.at(-1)?.event, event) });
  }
  return days;
}

function continues(previous: Message | undefined, event: Message): boolean {
  return (
    event.replyTo === undefined &&
    previous?.username === event.username &&
    Date.parse(event.at) - Date.parse(previous.at) < PAUSE_MS
  );
}
