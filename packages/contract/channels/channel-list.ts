import { z } from 'zod';

/**
 * A page of the channel list, sorted by name. `at` is the time of a channel's newest event, or of a
 * private channel without events, when it was made; `next` is the `after` of the next page. `private`
 * marks a private channel, `archived` an archived one; `members` are the subjects of its members, for
 * services that ask for them; `people` are the names of the other people of a direct channel, for the
 * account that asks.
 * `read` is the read position of the account that asks; `unread` and `mentioned` count what follows.
 * `mutedUntil` is present where that account is muted.
 */
export const channelListSchema = z.object({
  channels: z.array(
    z.object({
      channel: z.string(),
      epoch: z.string(),
      head: z.int().nonnegative(),
      at: z.string(),
      private: z.literal(true).optional(),
      archived: z.literal(true).optional(),
      members: z.array(z.string()).optional(),
      people: z.array(z.string()).optional(),
      read: z.int().nonnegative().optional(),
      unread: z.int().nonnegative().optional(),
      mentioned: z.int().nonnegative().optional(),
      mutedUntil: z.string().optional(),
    }),
  ),
  next: z.string().nullable(),
});

export type ChannelList = z.infer<typeof channelListSchema>;

/** Reads a channel list. @throws ZodError when the value is not one */
export function parseChannelList(value: unknown): ChannelList {
  return channelListSchema.parse(value);
}
