import { createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';
import { z } from 'zod';
import { SettingsError } from '../settings/settings.ts';
import { CURVE, toPublicJwk } from './signing-key.ts';

/**
 * Finds the public key with a name, among the keys whose tokens are accepted. Rejects when the keys
 * cannot be fetched.
 */
export type FindKey = (kid: string) => Promise<KeyObject | undefined>;

const PEM_BLOCK = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;
/** Shortest time between two fetches of the keys because of an unknown name. */
const ASK_AGAIN_MS = 10_000;
/** How long after a failure the keys are fetched again. */
const RETRY_MS = 1_000;
/** How long fetched keys are used, so that a withdrawn key is refused soon after. */
const FRESH_MS = 60_000;
const ANSWER_LIMIT_MS = 5_000;

const jwksSchema = z.object({ keys: z.array(z.looseObject({ kid: z.string().optional() })) });

/**
 * Reads the keys of a PEM text, which may hold several.
 * @throws SettingsError that names the setting when there is no key, or one that is not on P-256
 */
export function readPublicKeys(setting: string, pem: string): KeyObject[] {
  const keys = (pem.match(PEM_BLOCK) ?? []).map((block) => readPublicKey(setting, block));
  if (keys.length === 0) throw new SettingsError(`${setting}: it holds no public key`);
  return keys;
}

function readPublicKey(setting: string, block: string): KeyObject {
  try {
    const key = createPublicKey(block);
    if (key.asymmetricKeyDetails?.namedCurve === CURVE) return key;
  } catch {
    throw new SettingsError(`${setting}: it holds a public key that is broken`);
  }
  throw new SettingsError(`${setting}: it holds a public key that is not on the curve P-256`);
}

/** Keys that do not change. */
export function keysOf(keys: KeyObject[]): FindKey {
  const byName = new Map(keys.map((key) => [toPublicJwk(key).kid, key]));
  return async (kid) => byName.get(kid);
}

/**
 * Keys that a server publishes as a JSON Web Key Set (RFC 7517), such as chat at
 * `/.well-known/jwks.json`. An unknown name makes it fetch the set again, so that a new key is
 * found.
 */
export function keysAtUrl(url: string): FindKey {
  let known = new Map<string, KeyObject>();
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | undefined;
  let failure: unknown;

  async function ask(): Promise<void> {
    askedAt = performance.now();
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      known = readJwks(await response.json());
      failure = undefined;
    } catch (error) {
      failure = error;
    }
  }

  function pauseMs(kid: string): number {
    if (failure !== undefined) return RETRY_MS;
    return known.has(kid) ? FRESH_MS : ASK_AGAIN_MS;
  }

  return async (kid) => {
    if (performance.now() - askedAt > pauseMs(kid)) {
      asking ??= ask().finally(() => {
        asking = undefined;
      });
    }
    await asking;
    // While the server does not answer, the keys fetched before stay in use.
    if (!known.has(kid) && failure !== undefined) throw failure;
    return known.get(kid);
  };
}

function readJwks(document: unknown): Map<string, KeyObject> {
  const { keys } = jwksSchema.parse(document);
  return new Map(
    keys.flatMap((jwk) => {
      const key = jwk.kid === undefined || jwk.use === 'enc' ? undefined : readJwk(jwk);
      return key ? [[jwk.kid ?? '', key] as const] : [];
    }),
  );
}

/** Undefined for a key that is secret, broken or of an unknown kind; the other keys stay usable. */
function readJwk(jwk: object): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' });
  } catch {
    return undefined;
  }
}
