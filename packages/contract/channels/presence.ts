import { z } from 'zod';

/** Most names sent for one channel; with more names, only the counts are sent. */
export const NAMES_MAX = 200;

const count = z.int().nonnegative();
const names = z.array(z.string().min(1).max(64)).max(NAMES_MAX);

/**
 * The readers of a channel, over all broadcast instances. `named` counts the readers with a name,
 * each name once, and `guests` the streams of all others. `here` is the sorted list of names; it is
 * absent when there are too many.
 */
export const presenceSchema = z.object({
  channel: z.string().min(1),
  here: names.optional(),
  named: count,
  guests: count,
});

export type Presence = z.infer<typeof presenceSchema>;

/**
 * What changed since the last presence that a reader got. Without names and without `here` only the
 * counts changed.
 */
export interface PresenceChange extends Presence {
  joined?: string[];
  left?: string[];
}

/**
 * What one instance reports about its own readers of a channel. `names` are some of the `named`, or
 * all of them when there are not too many. The report was made at `at` (UTC, ISO 8601) and is valid
 * for `staleAfterSeconds`.
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

/**
 * Reads an instance's report from JSON text.
 * @throws ZodError or SyntaxError when the text is not one
 */
export function parseInstancePresence(json: string): InstancePresence {
  return instancePresenceSchema.parse(JSON.parse(json));
}
