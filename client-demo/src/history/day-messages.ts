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

/** The day and the time of a message, in milliseconds since 1970. */
interface MessageTime {
  day: Day;
  ms: number;
}

/** Reading a date takes long, and a history is grouped again after each change. */
const times = new WeakMap<Message, MessageTime>();

function timeOf(event: Message): MessageTime {
  const known = times.get(event);
  if (known) return known;
  const time = { day: dayOf(event.at), ms: Date.parse(event.at) };
  times.set(event, time);
  return time;
}

/** Groups a history by days in the reader's time zone. */
export function messagesByDay(events: readonly Message[]): DayMessages[] {
  const days: DayMessages[] = [];
  for (const event of events) {
    const { day } = timeOf(event);
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
    timeOf(event).ms - timeOf(previous).ms < PAUSE_MS
  );
}
