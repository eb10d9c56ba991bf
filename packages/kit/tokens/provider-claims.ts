import { createHash } from 'node:crypto';
import { type Claims, numericDate, parseClaims } from '@parley/contract/accounts/claims.ts';
import { z } from 'zod';
import type { Provider } from './provider-settings.ts';

const payloadSchema = z.looseObject({ sub: z.string().min(1).max(255), exp: numericDate });
const SUBJECT_MAX = 128;
const ADMIN = 'admin';

/**
 * Translates the claims of a provider's token into ours. Such a token has no session of ours.
 * @throws ZodError when a claim does not fit ours
 */
export function readProviderClaims(payload: unknown, provider: Provider): Claims {
  const known = payloadSchema.parse(payload);
  const claim = (name: string) => findClaim(known, provider.claims.get(name));
  return parseClaims({
    sub: providerSubject(provider.issuer, known.sub),
    exp: known.exp,
    // People of a provider are no service, however wide their patterns are.
    private: false,
    name: claim('name'),
    publish: listOf(claim('publish')) ?? provider.publish,
    subscribe: listOf(claim('subscribe')) ?? provider.subscribe,
    ...(listOf(claim('role'))?.includes(ADMIN) && { role: ADMIN }),
  });
}

/**
 * The subject of a person of a provider: `<issuer>#<sub>`, or a hash of that where it is long, so
 * that it never equals the subject of an account or of one of our tokens.
 */
export function providerSubject(issuer: string, sub: string): string {
  const whole = `${issuer}#${sub}`;
  if (whole.length <= SUBJECT_MAX) return whole;
  return `oidc#${createHash('sha256').update(whole).digest('base64url')}`;
}

/** Finds a claim by its name, which may contain dots, or else by its path. */
export function findClaim(payload: object, path: string | undefined): unknown {
  if (path === undefined) return undefined;
  return own(payload, path) ?? path.split('.').reduce<unknown>(own, payload);
}

function own(value: unknown, name: string): unknown {
  const isThere = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return isThere ? (value as Record<string, unknown>)[name] : undefined;
}

/** A list as it is; a text is split at spaces, as scopes are written (RFC 6749 section 3.3). */
function listOf(claim: unknown): unknown[] | undefined {
  if (typeof claim === 'string') return claim.split(/\s+/).filter((one) => one !== '');
  if (claim === undefined || claim === null) return undefined;
  return z.array(z.unknown()).parse(claim);
}
