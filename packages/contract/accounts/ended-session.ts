import { z } from 'zod';

const endedSessionSchema = z.object({ sid: z.string().min(1).max(64), until: z.int().positive() });

/**
 * A session that has ended, and the second (since 1970, UTC) after which all its tokens have
 * expired.
 */
export type EndedSession = z.infer<typeof endedSessionSchema>;

/**
 * Reads a message of ENDED_SESSIONS_TOPIC.
 * @throws SyntaxError or ZodError when it is something else
 */
export function parseEndedSession(text: string): EndedSession {
  return endedSessionSchema.parse(JSON.parse(text));
}

export function encodeEndedSession({ sid, until }: EndedSession): string {
  return JSON.stringify({ sid, until });
}
