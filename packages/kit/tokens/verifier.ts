import type { KeyObject } from 'node:crypto';
import { AUDIENCE, type Claims, parseClaims } from '@parley/contract/accounts/claims.ts';
import { ChatError } from '@parley/contract/problem.ts';
import jsonwebtoken, { type Algorithm, type Jwt } from 'jsonwebtoken';
import { readProviderClaims } from './provider-claims.ts';
import type { Provider } from './provider-settings.ts';
import type { FindKey } from './public-keys.ts';
import { ALGORITHM, ISSUER } from './signing-key.ts';

/** How far the clocks of two machines may differ. */
const CLOCK_TOLERANCE_SECONDS = 5;
const TOKEN_MAX = 8_192;

/**
 * Reads the claims of a token after checking its signature, times, issuer and audience.
 * @throws ChatError `invalid-token`, or `keys-unavailable`
 */
export type Verify = (token: string) => Promise<Claims>;

/** The issuer whose tokens are checked, and how their claims are read. */
interface Issuer {
  issuer: string;
  audience: string;
  findKey: FindKey;
  /** The algorithm with which a key of the issuer signs; undefined for a key that may not sign. */
  algorithmOf: (key: KeyObject) => Algorithm | undefined;
  readClaims: (payload: unknown) => Claims;
}

/** Opens the check of our tokens. A key or an algorithm that a token names itself is never used. */
export function openVerifier(findKey: FindKey): Verify {
  const algorithmOf = (): Algorithm => ALGORITHM;
  const ours = {
    issuer: ISSUER,
    audience: AUDIENCE,
    findKey,
    algorithmOf,
    readClaims: parseClaims,
  };
  return (token) => verify(token, ours);
}

/** Opens the check of a provider's tokens, with the keys that the provider publishes. */
export function openProviderVerifier(provider: Provider, findKey: FindKey): Verify {
  const { issuer, audience } = provider;
  const readClaims = (payload: unknown) => readProviderClaims(payload, provider);
  return (token) =>
    verify(token, { issuer, audience, findKey, algorithmOf: algorithmFor, readClaims });
}

/**
 * Checks a token with the keys of its own issuer only. Without `ours`, only the provider's tokens
 * are accepted.
 */
export function eitherVerifier(
  ours: Verify | undefined,
  provider: Provider,
  theirs: Verify,
): Verify {
  return async (token) => {
    if (issuerOf(token) === provider.issuer) return theirs(token);
    if (ours) return ours(token);
    throw refusal(new Error('its issuer is not known'));
  };
}

async function verify(token: string, by: Issuer): Promise<Claims> {
  const key = await find(by.findKey, readKeyId(token));
  try {
    const algorithm = by.algorithmOf(key);
    if (algorithm === undefined) throw new Error('its key is of another kind');
    const payload = jsonwebtoken.verify(token, key, {
      algorithms: [algorithm],
      issuer: by.issuer,
      audience: by.audience,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
    });
    return by.readClaims(payload);
  } catch (error) {
    throw refusal(error);
  }
}

/** The algorithm of a provider's key; the token's own header is not used (RFC 8725 section 3.1). */
function algorithmFor({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject) {
  if (asymmetricKeyType === 'rsa') return 'RS256';
  return asymmetricKeyDetails?.namedCurve === 'prime256v1' ? ALGORITHM : undefined;
}

function readKeyId(token: string): string {
  const header = decode(token)?.header;
  // `crit` names extensions that a reader must understand (RFC 7515 section 4.1.11); we support
  // none.
  if (typeof header?.kid === 'string' && header.crit === undefined) return header.kid;
  throw refusal(new Error('its header names no key'));
}

/** The issuer that the token names. It only selects the keys with which the token is checked. */
function issuerOf(token: string): unknown {
  const payload = decode(token)?.payload;
  return typeof payload === 'object' ? payload?.iss : undefined;
}

function decode(token: string): Jwt | undefined {
  if (token.length > TOKEN_MAX) return undefined;
  try {
    return jsonwebtoken.decode(token, { complete: true }) ?? undefined;
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
