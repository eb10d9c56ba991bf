import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  type webcrypto,
} from 'node:crypto';
import { AUDIENCE, type Claims } from '@parley/contract/claims.ts';
import jsonwebtoken from 'jsonwebtoken';

/** Who signs our tokens. */
export const ISSUER = 'parley';
/** The one way in which our tokens are signed: ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4). */
export const ALGORITHM = 'ES256';
/** P-256 as OpenSSL calls it. */
export const CURVE = 'prime256v1';

/** A public key as `/.well-known/jwks.json` shows it (RFC 7517). */
export type PublicJwk = webcrypto.JsonWebKey & { kid: string; alg: typeof ALGORITHM; use: 'sig' };

/** Signs tokens. */
export interface SigningKey {
  publicJwk: PublicJwk;
  /** A token that holds from now for so many seconds. */
  sign(claims: Omit<Claims, 'exp'>, lifeSeconds: number): string;
  /** A token that holds until its claims say. */
  signUntil(claims: Claims): string;
}

/** Opens a private key in PEM. @throws Error when it is none on P-256 */
export function openSigningKey(pem: string): SigningKey {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyDetails?.namedCurve !== CURVE) {
    throw new Error('the key is no private key on the curve P-256');
  }
  const publicJwk = toPublicJwk(createPublicKey(key));
  const options = {
    algorithm: ALGORITHM,
    issuer: ISSUER,
    audience: AUDIENCE,
    keyid: publicJwk.kid,
  } as const;
  return {
    publicJwk,
    sign: (claims, lifeSeconds) =>
      jsonwebtoken.sign(claims, key, { ...options, expiresIn: lifeSeconds }),
    signUntil: (claims) => jsonwebtoken.sign(claims, key, options),
  };
}

/** A public key with its thumbprint for a name (RFC 7638), so that every process calls it the same. */
export function toPublicJwk(key: KeyObject): PublicJwk {
  const { kty, crv, x, y } = key.export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  return { kty, crv, x, y, kid, alg: ALGORITHM, use: 'sig' } as PublicJwk;
}
