import { z } from 'zod';

/** Names that are told of one channel; beyond it there are only numbers. */
export const NAMES_MAX = 200;

const count = z.int().nonnegative();
const names = z.array(z.string().min(1).max(64)).max(NAMES_MAX);

/**
 * Who is in a channel, over all broadcast instances. `named` are those with a name, each once, and
 * `guests` everybody else. `here` are the names, sorted; it is absent where there are too many.
 */
export const presenceSchema = z.object({
  channel: z.string().min(1),
  here: names.optional(),
  named: count,
  guests: count,
});

export type Presence = z.infer<typeof presenceSchema>;

/** What changed since a reader was last told. One that names nobody and has no `here` has numbers only. */
export interface PresenceChange extends Presence {
  joined?: string[];
  left?: string[];
}

/**
 * What one instance says of its own readers of a channel: `names` are some of the `named`, all where
 * they are not too many. It was said at `at` (UTC, ISO 8601) and holds for that many seconds.
 */
export const instancePresenceSchema = z.object({
  channel: z.string().min(1),
  names,
  named: count,
  guests: count,
  at: z.iso.datetime(),
  staleAfterSeconds: z.int().positive(),
});

export type InstancePresence = z.infer<typeof instancePresenceSchema>;

/** Reads what an instance says from JSON text. @throws ZodError or SyntaxError when it is none */
export function parseInstancePresence(json: string): InstancePresence {
  return instancePresenceSchema.parse(JSON.parse(json));
}
