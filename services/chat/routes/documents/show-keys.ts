import type { PublicJwk } from '@parley/kit/tokens/signing-key.ts';
import type { RequestHandler } from 'express';

/** How long a service may use the keys that it has read. */
const MAX_AGE_SECONDS = 60;

/** `GET /.well-known/jwks.json`: the public keys whose tokens are accepted (RFC 7517 section 5). */
export function showKeys(keys: PublicJwk[]): RequestHandler {
  return (_request, response) => {
    response.setHeader('Cache-Control', `public, max-age=${MAX_AGE_SECONDS}`).json({ keys });
  };
}
