import { z } from 'zod';
import { isChannelPattern } from '../channels/channel-pattern.ts';

/** The audience of a token. */
export const AUDIENCE = 'parley';

const patternsSchema = z
  .array(z.string().refine(isChannelPattern, 'is not a channel pattern'))
  .max(100)
  .default([]);

/**
 * Stores keep the subject. Not every store keeps control characters, or distinguishes `x` from `x`
 * with a space after it.
 */
const subject = z
  .string()
  .max(128)
  .regex(/^(?! )\P{Cc}+(?<! )$/u);

/** Seconds since 1970 (UTC), which may have a fraction (RFC 7519 section 2, NumericDate). */
export const numericDate = z.number().positive().max(Number.MAX_SAFE_INTEGER);

const claimsSchema = z.object({
  sub: subject,
  sid: z.string().min(1).max(64).optional(),
  name: z.string().min(1).max(64).optional(),
  publish: patternsSchema,
  subscribe: patternsSchema,
  role: z.literal('admin').optional(),
  private: z.boolean().optional(),
  unlimited: z.boolean().optional(),
  exp: numericDate,
});

/**
 * The claims of a token (RFC 7519). `sub` identifies the bearer. `sid` is the session of the token;
 * without it only the token's expiry ends it. `name` is the only name under which the bearer posts;
 * without it the bearer may use any. `publish` and `subscribe` are patterns of the channels in
 * which the bearer may post and read. `role` gives the rights of an administrator. `private` false
 * keeps the bearer out of private channels that the patterns match. `unlimited` is for a service that
 * posts for many clients and limits each of them itself: its posts are not counted. `exp` is the second at which the
 * token expires (since 1970, UTC).
 */
export type Claims = z.infer<typeof claimsSchema>;

/**
 * What can end a token before it expires: its session or, for a token without one, its subject. A
 * suspended account is published under its subject.
 */
export function sessionOf({ sid, sub }: Pick<Claims, 'sid' | 'sub'>): string {
  return sid ?? sub;
}

/** Reads claims from a token whose signature is valid. @throws ZodError when they are not ours */
export function parseClaims(payload: unknown): Claims {
  return claimsSchema.parse(payload);
}
