import { z } from 'zod';
import { ChatError } from '../problem.ts';

/** The last time that a date has four digits for its year. */
const LATEST = Date.UTC(9999, 11, 31);

const muteSchema = z.object({ until: z.iso.datetime({ offset: true }) });

/** The accounts that are muted in a channel, in the order of their names. */
export const muteListSchema = z.object({
  muted: z.array(z.object({ username: z.string(), until: z.string() })),
});
export type MuteList = z.infer<typeof muteListSchema>;

/** Until when an account is muted in a channel (ISO 8601); null when its mute was ended. */
export interface MuteChange {
  channel: string;
  until: string | null;
}

const noticeSchema = z.object({
  account: z.string().min(1),
  channel: z.string().min(1),
  until: z.string().nullable(),
  /** The mute is in a private channel. */
  private: z.literal(true).optional(),
});

/** A mute of an account, given by its id, that was made, changed or ended. */
export type MuteNotice = z.infer<typeof noticeSchema>;

/** Reads a message of MUTES_TOPIC. @throws SyntaxError or ZodError when it is something else */
export function parseMuteNotice(json: string): MuteNotice {
  return noticeSchema.parse(JSON.parse(json));
}

export function encodeMuteNotice(notice: MuteNotice): string {
  return JSON.stringify(notice);
}

/**
 * Reads until when an account is muted: milliseconds since 1970 (UTC), after `now`.
 * @throws ChatError `malformed-request`
 */
export function parseMute(value: unknown, now: number): number {
  const parsed = muteSchema.safeParse(value);
  const until = parsed.success ? Date.parse(parsed.data.until) : Number.NaN;
  if (until > now && until <= LATEST) return until;
  throw new ChatError(
    'malformed-request',
    'Send {"until": …} with a time in the future, such as 2030-01-31T18:00:00Z.',
  );
}
