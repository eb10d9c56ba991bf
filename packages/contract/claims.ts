import { z } from 'zod';
import { isChannelPattern } from './channel-pattern.ts';

/** Who a token is for. */
export const AUDIENCE = 'parley';

const patternsSchema = z
  .array(z.string().refine(isChannelPattern, 'is no channel pattern'))
  .max(100)
  .default([]);

/** Stores keep it: not every one keeps control characters, or tells `x` from `x` with a blank after it. */
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
  exp: numericDate,
});

/**
 * What a token says of its bearer (RFC 7519): `sub` is who it is, `sid` the session that it belongs to
 * (without one it ends by itself alone), `name` under what name it speaks (without one it may use any),
 * `publish` and `subscribe` where it may speak and read, as patterns of channels, `role` whether it may
 * do what administrators do, and `exp` the second at which that ends (since 1970, UTC).
 */
export type Claims = z.infer<typeof claimsSchema>;

/** Reads claims from a token whose signature holds. @throws ZodError when they are not ours */
export function parseClaims(payload: unknown): Claims {
  return claimsSchema.parse(payload);
}
