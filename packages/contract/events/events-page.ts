import { z } from 'zod';
import { parseKeepingData } from '../json-text.ts';
import { encodeEvent, eventSchema } from './event.ts';

/**
 * A page of a channel's log. `next` is the `after` of the next page or, when reading backwards, its
 * `before`. `closed` is present when the channel is closed at `head`, `archived` as well when it is
 * archived.
 */
export const eventsPageSchema = z.object({
  channel: z.string(),
  epoch: z.string().nullable(),
  head: z.int().nonnegative(),
  events: z.array(eventSchema),
  next: z.int().nullable(),
  closed: z.literal(true).optional(),
  archived: z.literal(true).optional(),
});

export type EventsPage = z.infer<typeof eventsPageSchema>;

/** Reads a page of the log. @throws ZodError or SyntaxError when the text is not one */
export function parseEventsPage(json: string): EventsPage {
  return eventsPageSchema.parse(parseKeepingData(json));
}

/** Writes a page of the log as JSON text. */
export function encodeEventsPage({ events, ...page }: EventsPage): string {
  return `${JSON.stringify(page).slice(0, -1)},"events":[${events.map(encodeEvent).join()}]}`;
}
