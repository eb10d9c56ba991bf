import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** The hash of no secret, compared where there is no hook, so that both take the same time. */
const NO_HASH = Buffer.alloc(32);

/** A new secret for an address: 256 random bits. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The hash that is kept of a secret. The secret is random, so one round of SHA-256 is enough. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** True when the secret has the hash. Takes the same time for every wrong secret. */
export function isSecret(secret: string, hash: string | undefined): boolean {
  const kept = hash === undefined ? NO_HASH : Buffer.from(hash, 'base64url');
  const shown = createHash('sha256').update(secret).digest();
  return kept.length === shown.length && timingSafeEqual(kept, shown) && hash !== undefined;
}
