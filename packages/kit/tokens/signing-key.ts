import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  type webcrypto,
} from 'node:crypto';
import { AUDIENCE, type Claims } from '@parley/contract/accounts/claims.ts';
import jsonwebtoken from 'jsonwebtoken';

/** The issuer of our tokens. */
export const ISSUER = 'parley';
/**
 * The only signature algorithm of our tokens: ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4).
 */
export const ALGORITHM = 'ES256';
/** OpenSSL's name for P-256. */
export const CURVE = 'prime256v1';

/** A public key as `/.well-known/jwks.json` shows it (RFC 7517). */
export type PublicJwk = webcrypto.JsonWebKey & { kid: string; alg: typeof ALGORITHM; use: 'sig' };

/** Signs our tokens. */
export interface SigningKey {
  publicJwk: PublicJwk;
  /** Signs a token that is valid from now for `lifeSeconds`. */
  sign(claims: Omit<Claims, 'exp'>, lifeSeconds: number): string;
  /** Signs a token that is valid until its `exp` claim. */
  signUntil(claims: Claims): string;
}

/** Opens a private key in PEM. @throws Error when it is not a private key on P-256 */
export function openSigningKey(pem: string): SigningKey {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyDetails?.namedCurve !== CURVE) {
    throw new Error('the key is not a private key on the curve P-256');
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

/**
 * A public key named by its thumbprint (RFC 7638), so that every process gives it the same name.
 */
export function toPublicJwk(key: KeyObject): PublicJwk {
  const { kty, crv, x, y } = key.export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  return { kty, crv, x, y, kid, alg: ALGORITHM, use: 'sig' } as PublicJwk;
}
