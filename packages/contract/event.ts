import { z } from 'zod';

const seq = z.int().positive();

/**
 * Whatever happens in a channel. `seq` counts 1, 2, 3 … within the channel, `id` is
 * `<epoch>:<seq>`, `at` is the UTC time of storing (ISO 8601, milliseconds), `up` and `down` are
 * tallies of votes.
 */
export const eventSchema = z.object({
  channel: z.string().min(1),
  epoch: z.string().min(1),
  seq,
  id: z.string().min(3),
  kind: z.literal('message'),
  at: z.string(),
  username: z.string(),
  message: z.string(),
  up: z.int().nonnegative(),
  down: z.int().nonnegative(),
});

export type ChatEvent = z.infer<typeof eventSchema>;

/** Reads an event from JSON text. @throws ZodError or SyntaxError when it is none */
export function parseEvent(json: string): ChatEvent {
  return eventSchema.parse(JSON.parse(json));
}
