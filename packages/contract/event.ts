import { z } from 'zod';
import { EPOCH, encodePosition } from './position.ts';

const seq = z.int().positive();

/**
 * Whatever happens in a channel. `seq` counts 1, 2, 3 … within the channel, `id` is
 * `<epoch>:<seq>`, `at` is the UTC time of storing (ISO 8601, milliseconds), `up` and `down` are
 * tallies of votes.
 */
export const eventSchema = z
  .object({
    channel: z.string().min(1),
    epoch: z.string().regex(EPOCH),
    seq,
    id: z.string(),
    kind: z.literal('message'),
    at: z.string(),
    username: z.string(),
    message: z.string(),
    up: z.int().nonnegative(),
    down: z.int().nonnegative(),
  })
  .refine((event) => event.id === encodePosition(event), 'id is not <epoch>:<seq>');

export type ChatEvent = z.infer<typeof eventSchema>;

/** Reads an event from JSON text. @throws ZodError or SyntaxError when it is none */
export function parseEvent(json: string): ChatEvent {
  return eventSchema.parse(JSON.parse(json));
}
