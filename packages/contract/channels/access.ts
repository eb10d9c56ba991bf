import { z } from 'zod';
import { ChatError } from '../problem.ts';

/** Most people of a direct channel, with the one who asks for it. */
export const PEOPLE_MAX = 50;

/**
 * Who may enter a channel: the names of its members, sorted. `mayChange`: the client that asks may change
 * that.
 */
export const accessSchema = z.object({
  channel: z.string(),
  private: z.boolean(),
  members: z.array(z.string()),
  mayChange: z.literal(true).optional(),
});

export type Access = z.infer<typeof accessSchema>;

const channel = z.string().min(1);
const noticeSchema = z.union([
  z.object({ channel, change: z.enum(['private', 'public', 'members', 'deleted']) }),
  z.object({ channel, change: z.literal('renamed'), to: channel }),
]);

/**
 * What has changed: a channel became private or public, or the members of a private channel are
 * others (also when it is made, or has its first event), or a channel was deleted, or it is called `to`
 * now.
 */
export type AccessNotice = z.infer<typeof noticeSchema>;

/** Reads a message of ACCESS_TOPIC. @throws SyntaxError or ZodError when it is something else */
export function parseAccessNotice(json: string): AccessNotice {
  return noticeSchema.parse(JSON.parse(json));
}

export function encodeAccessNotice(notice: AccessNotice): string {
  return JSON.stringify(notice);
}

/** Reads the body of a change of access. @throws ChatError `malformed-request` */
export function parsePrivate(fields: Record<string, unknown>): boolean {
  if (typeof fields.private === 'boolean') return fields.private;
  throw new ChatError('malformed-request', 'Send {"private": true} or {"private": false}.');
}

/** Reads the names of a request for a direct channel. @throws ChatError `malformed-request` */
export function parsePeople(fields: Record<string, unknown>): string[] {
  const names = z
    .array(z.string().min(1).max(64))
    .min(1)
    .max(PEOPLE_MAX - 1)
    .safeParse(fields.with);
  if (names.success) return names.data;
  throw new ChatError(
    'malformed-request',
    `Send {"with": ["ana"]}, with 1 to ${PEOPLE_MAX - 1} names of accounts.`,
  );
}
