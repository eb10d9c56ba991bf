import { AUDIENCE, type Claims, parseClaims } from '@parley/contract/claims.ts';
import { ChatError } from '@parley/contract/problem.ts';
import jsonwebtoken, { type JwtHeader } from 'jsonwebtoken';
import type { FindKey } from './public-keys.ts';
import { ALGORITHM, ISSUER } from './signing-key.ts';

/** How far clocks may be apart. */
const CLOCK_TOLERANCE_SECONDS = 5;
const TOKEN_MAX = 8_192;

/** Reads a token whose signature, times, issuer and audience hold. @throws ChatError `invalid-token`, or `keys-unavailable` */
export type Verify = (token: string) => Promise<Claims>;

/** Opens the check of tokens against keys. What a token says of its own key or algorithm decides nothing. */
export function openVerifier(findKey: FindKey): Verify {
  return async (token) => {
    const key = await find(findKey, readKeyId(token));
    try {
      const payload = jsonwebtoken.verify(token, key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
      });
      return parseClaims(payload);
    } catch (error) {
      throw refusal(error);
    }
  };
}

function readKeyId(token: string): string {
  const header = token.length > TOKEN_MAX ? undefined : decodeHeader(token);
  // `crit` names what a reader must understand (RFC 7515 section 4.1.11); here that is nothing.
  if (typeof header?.kid === 'string' && header.crit === undefined) return header.kid;
  throw refusal(new Error('its header names no key'));
}

function decodeHeader(token: string): JwtHeader | undefined {
  try {
    return jsonwebtoken.decode(token, { complete: true })?.header;
  } catch {
    return undefined;
  }
}

async function find(findKey: FindKey, kid: string) {
  let key: Awaited<ReturnType<FindKey>>;
  try {
    key = await findKey(kid);
  } catch (error) {
    throw new ChatError('keys-unavailable', 'Tokens cannot be checked now; try again.', {
      cause: error,
    });
  }
  if (key) return key;
  throw refusal(new Error('its key is not known'));
}

function refusal(cause: unknown): ChatError {
  const expired = cause instanceof jsonwebtoken.TokenExpiredError;
  const message = expired ? 'The token has expired; get a new one.' : 'The token is not valid.';
  return new ChatError('invalid-token', message, { cause });
}
