import { z } from 'zod';
import { eventSchema } from './event.ts';

/** A page of a channel's log. `next` is the `after` (or, paging back, the `before`) of the next page. */
const eventsPageSchema = z.object({
  channel: z.string(),
  epoch: z.string().nullable(),
  head: z.int().nonnegative(),
  events: z.array(eventSchema),
  next: z.int().nullable(),
});

export type EventsPage = z.infer<typeof eventsPageSchema>;

/** One line of the channel list; `at` is the time of the newest event. */
const channelListSchema = z.object({
  channels: z.array(
    z.object({
      channel: z.string(),
      epoch: z.string(),
      head: z.int().nonnegative(),
      at: z.string(),
    }),
  ),
  next: z.string().nullable(),
});

export type ChannelList = z.infer<typeof channelListSchema>;

/** Reads a page of the log. @throws ZodError when it is none */
export function parseEventsPage(value: unknown): EventsPage {
  return eventsPageSchema.parse(value);
}

/** Reads a channel list. @throws ZodError when it is none */
export function parseChannelList(value: unknown): ChannelList {
  return channelListSchema.parse(value);
}
