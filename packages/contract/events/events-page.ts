import { z } from 'zod';
import { eventSchema } from './event.ts';

/**
 * A page of a channel's log. `next` is the `after` of the next page or, when reading backwards, its
 * `before`. `closed` is present when the channel is closed at `head`.
 */
export const eventsPageSchema = z.object({
  channel: z.string(),
  epoch: z.string().nullable(),
  head: z.int().nonnegative(),
  events: z.array(eventSchema),
  next: z.int().nullable(),
  closed: z.literal(true).optional(),
});

export type EventsPage = z.infer<typeof eventsPageSchema>;

/** Reads a page of the log. @throws ZodError when the value is not one */
export function parseEventsPage(value: unknown): EventsPage {
  return eventsPageSchema.parse(value);
}
