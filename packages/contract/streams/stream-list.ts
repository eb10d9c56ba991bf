import { z } from 'zod';

const count = z.int().nonnegative();

/**
 * The public channels with the most streams at one replica of broadcast, and their readers over all
 * replicas: those with a name, each name once, and the streams of others.
 */
export const streamListSchema = z.object({
  server: z.string(),
  /** All open streams of the replica. */
  streams: count,
  channels: z.array(
    z.object({
      channel: z.string(),
      streams: z.int().positive(),
      closed: z.literal(true).optional(),
      archived: z.literal(true).optional(),
      named: count,
      guests: count,
    }),
  ),
});

export type StreamList = z.infer<typeof streamListSchema>;
